// A mask that does not fit the ids.
#include "tests/errors/run_fixture.h"

namespace lathe {
namespace {
using namespace test;

class ErrorsMaskWrongShape : public BadRun {};

TEST_F(ErrorsMaskWrongShape, AnotherLengthOrBatch) {
  for (const Shape& shape : {Shape{2, 4}, Shape{3, 3}, Shape{3, 2}, Shape{1, 3}, Shape{2, 0}}) {
    context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
    context_.set_input("attention_mask", {DType::i64, shape, ids_.data()});
    expect_status(ErrorCode::shape_mismatch,
                  {"attention_mask", "shape " + to_string(shape) + " does not fit [batch, seq], which is [2, 3] here",
                   "give all inputs"});
  }
  expect_good();
}

TEST_F(ErrorsMaskWrongShape, AnotherRank) {
  for (const Shape& shape : {Shape{6}, Shape{2, 1, 3}, Shape{}})
    expect_refusal(ErrorCode::shape_mismatch,
                   {"attention_mask", "shape " + to_string(shape) + " does not fit [batch, seq]", "bind a tensor of"},
                   [&] {
                     context_.set_input("attention_mask", {DType::i64, shape, ids_.data()});
                   });
  expect_good();
}

TEST_F(ErrorsMaskWrongShape, AddedToScores) {
  const char *what = "is no value of a mask", *cure = "give 1 for tokens that count";
  context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
  const std::vector<float> floats = {0, 0, 0, 0, 0, -10000};
  context_.set_input("attention_mask", {DType::f32, {2, 3}, floats.data()});
  expect_status(ErrorCode::invalid_argument, {"attention_mask[1, 2]: -10000", what, cure});
  const std::vector<uint16_t> halves = {0, 0, 0, 0, 0xfc00, 0};
  context_.set_input("attention_mask", {DType::f16, {2, 3}, halves.data()});
  expect_status(ErrorCode::invalid_argument, {"attention_mask[1, 1]: -inf", what, cure});
  std::vector<int32_t> integers = {0, -1, 0, 0, 0, 0};  // read as it is
  context_.set_input("attention_mask", {DType::i32, {2, 3}, integers.data()});
  expect_status(ErrorCode::invalid_argument, {"attention_mask[0, 1]: -1", what, cure});
  integers[1] = 7;
  EXPECT_TRUE(context_.run().ok());
  expect_good();
}

TEST_F(ErrorsMaskWrongShape, ANegativeSize) {
  expect_refusal(ErrorCode::shape_mismatch, {"attention_mask", "shape [2, -3] is negative", "bind a tensor of"}, [&] {
    context_.set_input("attention_mask", {DType::i64, {2, -3}, ids_.data()});
  });
  expect_good();
}

}  // namespace
}  // namespace lathe
