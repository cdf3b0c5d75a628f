// Batches without texts, texts without tokens.
#include "lathe/tasks.h"
#include "tests/errors/run_fixture.h"

namespace lathe {
namespace {
using namespace test;

class ErrorsEmptyBatch : public BadRun {};

TEST_F(ErrorsEmptyBatch, Padded) {
  context_.set_input("input_ids", {DType::i64, {0, 3}, ids_.data()});
  expect_status(ErrorCode::out_of_range,
                {"input_ids, dimension 0 of [0, 3]", "batch = 0 is outside the plan's range", "give at least 1"});
  context_.set_input("input_ids", {DType::i64, {2, 0}, ids_.data()});
  expect_status(ErrorCode::out_of_range,
                {"input_ids, dimension 1 of [2, 0]", "seq = 0 is outside the plan's range", "give at least 1"});
  expect_good();
}

TEST_F(ErrorsEmptyBatch, Packed) {
  bind_packed({0}, 0);
  expect_status(ErrorCode::out_of_range,
                {"cu_seqlens, dimension 0 of [1]", "batch = 0 is outside the plan's range", "give at least 1"});
  expect_good();
}

/// A row without a kept token is no error: it is a text of length 0.
TEST_F(ErrorsEmptyBatch, RowsWithoutTokens) {
  const std::vector<int64_t> nothing(6, 0);
  context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
  context_.set_input("attention_mask", {DType::i64, {2, 3}, nothing.data()});
  const Status status = context_.run();
  ASSERT_TRUE(status.ok()) << status.message();
  const ConstTensorRef out = context_.output("last_hidden_state");
  for (int64_t i = 0; i < out.shape.count(); ++i) ASSERT_EQ(static_cast<const float*>(out.data)[i], 0.0f);
  expect_good();
}

TEST_F(ErrorsEmptyBatch, NoTextsNoAnswers) {
  const std::string models = LATHE_SOURCE_DIR "/tests/goldens/models/";
  EXPECT_TRUE(Classifier(build(models + "sequence"))({}).empty());
  EXPECT_TRUE(FillMask(build(models + "mlm-tied"))({}).empty());
  EXPECT_TRUE(Tagger(build(models + "token"))({}).empty());
  EXPECT_TRUE(Answerer(build(models + "question"))({}).empty());
  EXPECT_EQ(Embedder(build(LATHE_SOURCE_DIR "/tests/goldens/embed/mean-normalized"))({}).count, 0);
}

}  // namespace
}  // namespace lathe
