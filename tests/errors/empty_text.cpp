// Texts with nothing in them, alone and among others.
#include "lathe/build.h"
#include "lathe/tasks.h"
#include "tests/errors/refusal.h"

namespace lathe {
namespace {
using namespace test;

std::string model(const std::string& name) { return LATHE_SOURCE_DIR "/tests/goldens/models/" + name; }

constexpr const char* kCure = "give some words";

TEST(ErrorsEmptyText, Classify) {
  const Classifier classify(build(model("sequence")));
  for (const char* text : {"", "  ", "\t\n", "\u200b\u00a0"}) {
    const std::vector<TextInput> alone = {{text, {}}}, last = {{"the king", {}}, {text, {}}};
    expect_refusal(ErrorCode::invalid_argument, {"text 1", "the text is empty", kCure}, [&] { classify(alone); });
    expect_refusal(ErrorCode::invalid_argument, {"text 2", "the text is empty", kCure}, [&] { classify(last); });
    const std::vector<TextInput> pair = {{"the king", text}};
    expect_refusal(ErrorCode::invalid_argument, {"text 1", "the second text of the pair is empty", kCure},
                   [&] { classify(pair); });
  }
  const std::vector<TextInput> good = {{"the king", {}}};
  EXPECT_EQ(classify(good).size(), 1u) << "runs on";
}

TEST(ErrorsEmptyText, Tag) {
  const Tagger tag(build(model("token")));
  const std::vector<std::string> texts = {" "};
  expect_refusal(ErrorCode::invalid_argument, {"text 1", "the text is empty", kCure}, [&] { tag(texts); });
}

TEST(ErrorsEmptyText, Answer) {
  const Answerer answer(build(model("question")));
  const std::vector<Question> no_context = {{"who?", " "}}, no_question = {{"", "the king"}};
  expect_refusal(ErrorCode::invalid_argument, {"text 1", "is empty", kCure}, [&] { answer(no_context); });
  expect_refusal(ErrorCode::invalid_argument, {"text 1", "is empty", kCure}, [&] { answer(no_question); });
}

/// An empty text has no mask; a vector it has: that of its special tokens, as sentence-transformers gives it.
TEST(ErrorsEmptyText, FillMaskAndEmbed) {
  const std::vector<std::string> texts = {""};
  const FillMask fill(build(model("mlm-tied")));
  expect_refusal(ErrorCode::invalid_argument, {"text 1", "there is no mask in it", "put [MASK] where a word"},
                 [&] { fill(texts); });
  const Embedder embed(build(LATHE_SOURCE_DIR "/tests/goldens/embed/mean-normalized"));
  EXPECT_EQ(embed(texts).count, 1);
}

}  // namespace
}  // namespace lathe
