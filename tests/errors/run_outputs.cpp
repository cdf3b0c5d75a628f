// Memory that is bound to outputs: shapes that lie, and memory that is somebody else's too.
#include "tests/errors/run_fixture.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {
using namespace test;

class ErrorsRunOutputs : public BadRun {
 protected:
  Context two() {
    Context context = text_engine(
                          "input %x: f32[n, 4]\n"
                          "%neg.out: f32[n, 4] = unary(kind=neg) (%x)\n"
                          "%abs.out: f32[n, 4] = unary(kind=abs) (%x)\n"
                          "output neg = %neg.out\n"
                          "output abs = %abs.out\n")
                          .context({.threads = 1});
    context.set_input("x", {DType::f32, {2, 4}, memory_.data()});
    return context;
  }
  std::vector<float> memory_ = std::vector<float>(64, 3.0f);
};

TEST_F(ErrorsRunOutputs, NegativeSizes) {
  std::vector<float> small(4);
  for (const Shape& shape : {Shape{-1, 30522}, Shape{-1, -30522}, Shape{INT64_MIN}})
    expect_refusal(ErrorCode::shape_mismatch, {"last_hidden_state", "is negative", "bind memory of no negative size"},
                   [&] {
                     context_.set_output("last_hidden_state", {DType::f32, shape, small.data()});
                   });
  expect_good();
}

TEST_F(ErrorsRunOutputs, TooSmall) {
  std::vector<float> small(4);
  Context context = two();
  context.set_output("neg", {DType::f32, {0, INT64_MAX}, small.data()});
  EXPECT_EQ(context.run().code(), ErrorCode::shape_mismatch);
  context.set_output("neg", {DType::f32, {4}, small.data()});
  EXPECT_EQ(context.run().code(), ErrorCode::shape_mismatch);
  context.set_output("neg", {});
  EXPECT_TRUE(context.run().ok());
}

TEST_F(ErrorsRunOutputs, OfTheLastRunAsAnInput) {
  Context context = two();
  ASSERT_TRUE(context.run().ok());
  context.set_input("x", context.output("neg"));
  const Status status = context.run();
  EXPECT_EQ(to_string(status.code()), to_string(ErrorCode::invalid_argument)) << status.message();
  context.set_input("x", {DType::f32, {2, 4}, memory_.data()});
  EXPECT_TRUE(context.run().ok());
}

TEST_F(ErrorsRunOutputs, InputsOfHugeShapes) {
  Context context = two();
  for (const Shape& shape : {Shape{int64_t{1} << 60, 4}, Shape{INT64_MAX, 4}}) {
    context.set_input("x", {DType::f32, shape, memory_.data()});
    EXPECT_FALSE(context.run().ok());
  }
  plan::Plan plan = text_plan("input %x: f32[n, m]\n%y.out: f32[n, m] = unary(kind=neg) (%x)\noutput y = %y.out\n");
  plan.profiles[0].clear();
  Context unlimited = engine_of(std::move(plan)).context({.threads = 1});
  for (const Shape& shape :
       {Shape{int64_t{1} << 60, 16}, Shape{int64_t{1} << 32, int64_t{1} << 30}, Shape{int64_t{1} << 61, 0}}) {
    unlimited.set_input("x", {DType::f32, shape, memory_.data()});
    const Status status = unlimited.run();
    EXPECT_EQ(to_string(status.code()), to_string(ErrorCode::out_of_memory)) << status.message();
  }
}

TEST_F(ErrorsRunOutputs, OverAnInput) {
  Context context = two();
  for (float* place : {memory_.data(), memory_.data() + 7}) {
    context.set_output("neg", {DType::f32, {2, 4}, place});
    const Status status = context.run();
    EXPECT_EQ(status.code(), ErrorCode::invalid_argument);
    expect_line(status.message(), {"neg", "its memory overlaps that of 'x'", "bind memory of its own"});
  }
  context.set_output("neg", {DType::f32, {2, 4}, memory_.data() + 8});
  EXPECT_TRUE(context.run().ok());
  // Only the input's pointer changes.
  context.set_input("x", {DType::f32, {2, 4}, memory_.data() + 12});
  EXPECT_EQ(context.run().code(), ErrorCode::invalid_argument);
}

TEST_F(ErrorsRunOutputs, OverAnotherOutput) {
  Context context = two();
  context.set_output("neg", {DType::f32, {2, 4}, memory_.data() + 16});
  context.set_output("abs", {DType::f32, {2, 4}, memory_.data() + 20});
  const Status status = context.run();
  EXPECT_EQ(status.code(), ErrorCode::invalid_argument);
  expect_line(status.message(), {"abs", "its memory overlaps that of 'neg'", "bind memory of its own"});
  context.set_output("abs", {DType::f32, {2, 4}, memory_.data() + 24});
  EXPECT_TRUE(context.run().ok());
}

TEST_F(ErrorsRunOutputs, AfterAFault) {
  expect_good();
  ASSERT_NO_THROW(context_.output("last_hidden_state"));
  ids_[4] = 171;
  context_.set_input("input_ids", {DType::i64, {2, 3}, ids_.data()});
  EXPECT_EQ(context_.run().code(), ErrorCode::out_of_range);
  expect_refusal(ErrorCode::invalid_argument,
                 {"last_hidden_state", "the last run did not compute this output", "see that its status is ok"},
                 [&] { context_.output("last_hidden_state"); });
  ids_[4] = 1;
  expect_good();
  ASSERT_NO_THROW(context_.output("last_hidden_state"));
}

}  // namespace
}  // namespace lathe
