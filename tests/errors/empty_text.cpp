// Texts with nothing in them, alone and among others.
#include "lathe/build.h"
#include "lathe/tasks.h"
#include "tests/errors/refusal.h"

namespace lathe {
namespace {
using namespace test;

std::string model(const std::string& name) { return LATHE_SOURCE_DIR "/tests/goldens/models/" + name; }

constexpr const char* kCure = "give some words";

/// As transformers does: an empty text is its special tokens.
TEST(ErrorsEmptyText, ClassifyAnswers) {
  const Classifier classify(build(model("sequence")));
  const std::vector<TextInput> empty = {{"", {}}};
  const auto expected = classify(empty);
  ASSERT_EQ(expected.size(), 1u);
  for (const char* text : {"  ", "\t\n", "\u200b\u00a0"}) {
    const std::vector<TextInput> texts = {{text, {}}, {"the king", text}};
    const auto labels = classify(texts);
    EXPECT_EQ(labels[0][0].score, expected[0][0].score);
    EXPECT_EQ(labels[1].size(), expected[0].size());
  }
}

TEST(ErrorsEmptyText, TagFindsNothing) {
  const Tagger tag(build(model("token")));
  const std::vector<std::string> texts = {" ", ""};
  for (const auto& entities : tag(texts)) EXPECT_TRUE(entities.empty());
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
