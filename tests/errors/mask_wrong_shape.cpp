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

TEST_F(ErrorsMaskWrongShape, ATypeThatIsNoMask) {
  for (DType type : {DType::f16, DType::bf16, DType::f64})
    expect_refusal(ErrorCode::shape_mismatch,
                   {"attention_mask", "type " + std::string(to_string(type)) + " does not fit i32", "convert it"}, [&] {
                     context_.set_input("attention_mask", {type, {2, 3}, ids_.data()});
                   });
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
