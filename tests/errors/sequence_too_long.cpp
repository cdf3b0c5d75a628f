// Sequences over the model's position limit, as tensors and as texts.
#include "lathe/tasks.h"
#include "tests/errors/run_fixture.h"

namespace lathe {
namespace {
using namespace test;

class ErrorsSequenceTooLong : public BadRun {};

TEST_F(ErrorsSequenceTooLong, Padded) {
  for (int64_t length : {41, 2000}) {
    context_.set_input("input_ids", {DType::i64, {1, length}, ids_.data()});
    expect_status(ErrorCode::out_of_range,
                  {"input_ids, dimension 1 of [1, ", "seq = " + std::to_string(length) + " is outside the plan's range",
                   "give shorter or fewer texts"});
  }
  expect_good();
}

TEST_F(ErrorsSequenceTooLong, Packed) {
  bind_packed({0, 3, 44}, 44);
  expect_status(ErrorCode::out_of_range,
                {"cu_seqlens", "sequence 1 has 41 tokens, the model takes 40", "cut the text, or build with"});
  expect_good();
}

TEST_F(ErrorsSequenceTooLong, Text) {
  const Classifier classify(build(std::string(LATHE_SOURCE_DIR) + "/tests/goldens/models/sequence"));
  std::string words;
  for (int i = 0; i < 100; ++i) words += "king ";
  const std::vector<TextInput> texts = {{"the king", {}}, {words, {}}};
  expect_refusal(ErrorCode::out_of_range,
                 {"text 2 (\"king king", "it has 102 tokens, the model takes", "shorten it, or allow it to be cut"},
                 [&] { classify(texts); });
}

TEST_F(ErrorsSequenceTooLong, LimitOfABuild) {
  BuildOptions options;
  options.max_seq = 41;
  expect_refusal(ErrorCode::out_of_range,
                 {"max-seq", "41 tokens a text, the model has positions for 40", "ask for at most 40"},
                 [&] { build(std::string(LATHE_SOURCE_DIR) + "/tests/goldens/models/base", options); });
}

}  // namespace
}  // namespace lathe
