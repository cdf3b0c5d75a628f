// Inputs and outputs that do not fit together: one clear error each, and the context runs on afterwards.
#include <cmath>

#include "tests/errors/run_fixture.h"

namespace lathe {
namespace {
using namespace test;

class ErrorsRunInputs : public BadRun {};

TEST_F(ErrorsRunInputs, NothingBound) {
  expect_status(ErrorCode::invalid_argument, {"input_ids", "this input is missing", "bind it with set_input()"});
}

TEST_F(ErrorsRunInputs, UnknownNames) {
  expect_refusal(ErrorCode::not_found, {"ids", "no such input", "the inputs are input_ids, "}, [&] {
    context_.set_input("ids", {DType::i64, {1}, ids_.data()});
  });
  expect_refusal(ErrorCode::not_found, {"logits", "no such output", "the outputs are last_hidden_state, "},
                 [&] { context_.request({"logits"}); });
  expect_good();
}

TEST_F(ErrorsRunInputs, AContextThatWasMoved) {
  Context other = std::move(context_);
  const Line line = {"context", "nothing is left in it", "use the one that it was moved to"};
  expect_status(ErrorCode::invalid_argument, line);
  expect_line(context_.wait().message(), line);
  expect_refusal(ErrorCode::invalid_argument, line, [&] { context_.request({"last_hidden_state"}); });
  expect_refusal(ErrorCode::invalid_argument, line, [&] { context_.output("last_hidden_state"); });
  context_ = std::move(other);
  expect_good();
}

TEST_F(ErrorsRunInputs, NegativeThreads) {
  expect_refusal(ErrorCode::invalid_argument, {"threads", "it is -7", "0 for as many as there are cores"},
                 [] { engine().context({.threads = -7}); });
}

/// A caller may bind what is not optional, and nothing else.
TEST_F(ErrorsRunInputs, WhatIsNotOptionalIsEnough) {
  for (const TensorInfo& info : engine().inputs()) EXPECT_EQ(info.optional, info.name != "input_ids") << info.name;
  context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
  EXPECT_TRUE(context_.run().ok());
}

TEST_F(ErrorsRunInputs, NegativeSizes) {
  for (const Shape& shape : {Shape{-2, 3}, Shape{2, -3}, Shape{INT64_MIN, INT64_MIN}})
    expect_refusal(ErrorCode::shape_mismatch, {"input_ids", "is negative", "bind a tensor of no negative size"}, [&] {
      context_.set_input("input_ids", {DType::i64, shape, ids_.data()});
    });
  expect_good();
}

TEST_F(ErrorsRunInputs, FloatsThatAreNoWholeNumbers) {
  for (const float bad : {2.5f, NAN, -0.25f}) {
    std::vector<float> ids(6, 3);
    ids[4] = bad;
    context_.set_input("input_ids", {DType::f32, {2, 3}, ids.data()});
    expect_status(ErrorCode::invalid_argument, {"input_ids[1, 1]: ", "is no whole number", "give whole numbers"});
    ids[4] = 4;
    EXPECT_TRUE(context_.run().ok());
    std::vector<float> mask = {1, 1, 0.5f, 1, 1, 1};
    context_.set_input("attention_mask", {DType::f32, {2, 3}, mask.data()});
    EXPECT_TRUE(context_.run().ok()) << "a mask counts what is not zero";
    context_.clear_inputs();
  }
  expect_good();
}

TEST_F(ErrorsRunInputs, NoMemory) {
  expect_refusal(ErrorCode::invalid_argument, {"input_ids", "the data pointer is null", "bind memory"}, [&] {
    context_.set_input("input_ids", {DType::i64, {2, 3}, nullptr});
  });
  expect_good();
}

TEST_F(ErrorsRunInputs, PaddedAndPackedAtOnce) {
  const std::vector<int32_t> bounds = {0, 3, 6};
  bind_packed(bounds, 6);
  context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
  expect_status(ErrorCode::invalid_argument,
                {"input_ids", "padded and packed inputs are bound at once", "bind one form only"});
  expect_good();
}

TEST_F(ErrorsRunInputs, PaddedOutputOfPackedInputs) {
  const std::vector<int32_t> bounds = {0, 3, 6};
  bind_packed(bounds, 6);
  context_.request({"last_hidden_state"});
  expect_status(ErrorCode::invalid_argument,
                {"attention_mask", "this input is missing; output 'last_hidden_state' needs it",
                 "request the outputs named packed.*"});
  expect_good();
}

TEST_F(ErrorsRunInputs, BoundsThatDoNotRise) {
  for (const std::vector<int32_t>& bounds :
       {std::vector<int32_t>{0, 5, 3, 6}, {1, 2, 3, 6}, {0, 2, 3, 5}, {0, -1, 3, 6}, {0, 2, 3, INT32_MAX}}) {
    bind_packed(bounds, 6);
    expect_status(ErrorCode::invalid_argument,
                  {"cu_seqlens", "it must rise from 0 to the number of tokens, 6", "give [0, n1, n1 + n2"});
  }
  expect_good();
}

}  // namespace
}  // namespace lathe
