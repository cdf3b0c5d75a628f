// Texts that are no UTF-8: refused with the byte's place, or read with U+FFFD where that is asked for.
#include "lathe/build.h"
#include "lathe/tasks.h"
#include "lathe/tokenizer.h"
#include "tests/errors/refusal.h"

namespace lathe {
namespace {
using namespace test;

struct Bad {
  std::string text;
  const char* what;
};

const std::vector<Bad>& bad_texts() {
  static const std::vector<Bad> list = {
      {"bad \xff byte [MASK]", "byte 4 (0xFF) is not valid UTF-8"},
      {"a stray \x80 [MASK]", "byte 8 (0x80)"},
      {"cut [MASK] \xe4\xb8", "byte 11 (0xE4)"},
      {"overlong \xc0\xaf [MASK]", "byte 9 (0xC0)"},
      {"surrogate \xed\xa0\x80 [MASK]", "byte 10 (0xED)"},
      {"too high \xf4\x90\x80\x80 [MASK]", "byte 9 (0xF4)"},
  };
  return list;
}

TEST(ErrorsInvalidUtf8, RefusedByTasks) {
  const FillMask fill(build(LATHE_SOURCE_DIR "/tests/goldens/models/mlm-tied"));
  for (const Bad& bad : bad_texts()) {
    const std::vector<std::string> texts = {"good [MASK]", bad.text};
    expect_refusal(ErrorCode::invalid_argument, {"text 2", bad.what, "give valid UTF-8, or ask for bad bytes"},
                   [&] { fill(texts); });
  }
}

TEST(ErrorsInvalidUtf8, ReplacedOnRequest) {
  const FillMask fill(build(LATHE_SOURCE_DIR "/tests/goldens/models/mlm-tied"), {.replace_invalid = true});
  for (const Bad& bad : bad_texts()) {
    const std::vector<std::string> texts = {bad.text};
    EXPECT_EQ(fill(texts)[0].size(), 1u) << bad.what;
  }
}

TEST(ErrorsInvalidUtf8, InATokenizerFile) {
  expect_refusal(ErrorCode::corrupt_file, {"tokenizer.json", "ill-formed UTF-8", "get the file anew"},
                 [] { Tokenizer::from_json("{\"version\": \"\xff\"}"); });
}

}  // namespace
}  // namespace lathe
