// fill-mask of a text that has no [MASK].
#include "lathe/build.h"
#include "lathe/tasks.h"
#include "tests/errors/refusal.h"

namespace lathe {
namespace {
using namespace test;

TEST(ErrorsTextWithoutMask, TheTextIsNamed) {
  const FillMask fill(build(LATHE_SOURCE_DIR "/tests/goldens/models/mlm-tied"));
  for (const char* text : {"the king of France", "MASK", "[MASK", "[ MASK ]", "<mask>"}) {
    const std::vector<std::string> texts = {"the [MASK]", text};
    expect_refusal(
        ErrorCode::invalid_argument,
        {"text 2 (\"" + std::string(text), "there is no mask in it", "put [MASK] where a word is to be filled in"},
        [&] { fill(texts); });
  }
  const std::vector<std::string> good = {"the [MASK]", "a [mask]"};
  EXPECT_EQ(fill(good).size(), 2u) << "runs on";
}

TEST(ErrorsTextWithoutMask, AModelThatFillsNone) {
  const Plan plan = build(LATHE_SOURCE_DIR "/tests/goldens/models/sequence");
  expect_refusal(ErrorCode::unsupported,
                 {"fill-mask", "this plan is a BertForSequenceClassification", "give a model with a masked-language"},
                 [&] { FillMask{plan}; });
}

}  // namespace
}  // namespace lathe
