// Where outputs lie: several names of one tensor, inputs and constants that are outputs, columns of a wider tensor.
#include <gtest/gtest.h>

#include "lathe/error.h"
#include "tests/support/allocations.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {
using namespace test;

const std::vector<float> kX = {1, -2, 3, -4, 5, -6, 7, -8};

constexpr std::string_view kNames =
    "input %x: f32[n, 4]\n"
    "constant %c: f32[3] = [0.5, -1, 2]\n"
    "%neg.out: f32[n, 4] = unary(kind=neg) (%x)\n"
    "%flat.out: f32[4*n] = reshape(shape=[4*n]) (%neg.out)\n"
    "output a = %neg.out\n"
    "output b = %neg.out\n"
    "output flat = %flat.out\n"
    "output x_again = %x\n"
    "output c = %c\n";

TEST(Outputs, EachOfOneTensorIsWritten) {
  Context context = text_engine(kNames).context({.threads = 2});
  context.set_input("x", tensor_of(DType::f32, {2, 4}, kX));
  std::vector<float> a(8), b(8), flat(8), x(8), c(3), negative;
  for (float v : kX) negative.push_back(-v);
  context.set_output("a", {DType::f32, {2, 4}, a.data()});
  context.set_output("b", {DType::f32, {2, 4}, b.data()});
  context.set_output("flat", {DType::f32, {8}, flat.data()});
  context.set_output("x_again", {DType::f32, {2, 4}, x.data()});
  context.set_output("c", {DType::f32, {3}, c.data()});
  for (int round = 0; round < 2; ++round) {
    for (std::vector<float>* v : {&a, &b, &flat, &x, &c}) std::fill(v->begin(), v->end(), 9.0f);
    const Status status = context.run();
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(a, negative);
    EXPECT_EQ(b, negative);
    EXPECT_EQ(flat, negative);
    EXPECT_EQ(x, kX);
    EXPECT_EQ(c, (std::vector<float>{0.5f, -1, 2}));
  }
  EXPECT_EQ(context.output("flat").data, flat.data());
}

/// A transposed, a reversed and a sliced array, of the input's type and of another.
TEST(Inputs, Strides) {
  Context context = text_engine(
                        "input %x: f32[n, m]\ninput %ids: i32[n, m]\n"
                        "%x_again.out: f32[n, m] = unary(kind=neg) (%x)\n"
                        "%ids_again.out: i32[n, m] = binary(kind=add) (%ids, %ids)\n"
                        "output x = %x_again.out\noutput ids = %ids_again.out\n")
                        .context({.threads = 1});
  std::vector<float> x(60);
  std::vector<int64_t> ids(60);
  for (size_t i = 0; i < 60; ++i) x[i] = static_cast<float>(i), ids[i] = static_cast<int64_t>(i);
  struct Way {
    Shape shape, strides;
    int64_t first;
  };
  for (const Way& way : {Way{{5, 12}, {12, 1}, 0}, Way{{12, 5}, {1, 12}, 0}, Way{{5, 12}, {-12, -1}, 59},
                         Way{{2, 3}, {24, 2}, 5}, Way{{4, 3}, {0, 7}, 1}, Way{{1, 1}, {99, -99}, 3}}) {
    ConstTensorRef a(DType::f32, way.shape, x.data() + way.first), b(DType::i64, way.shape, ids.data() + way.first);
    a.strides = b.strides = way.strides;
    context.set_input("x", a);
    context.set_input("ids", b);
    const Status status = context.run();
    ASSERT_TRUE(status.ok()) << status.message();
    std::vector<float> expected;
    std::vector<int32_t> twice;
    for (int64_t i = 0; i < way.shape[0]; ++i)
      for (int64_t j = 0; j < way.shape[1]; ++j) {
        const auto at = static_cast<size_t>(way.first + i * way.strides[0] + j * way.strides[1]);
        expected.push_back(-x[at]);
        twice.push_back(static_cast<int32_t>(2 * ids[at]));
      }
    EXPECT_EQ(values_of<float>(context, "x"), expected);
    EXPECT_EQ(values_of<int32_t>(context, "ids"), twice);
  }
  ConstTensorRef wrong(DType::f32, {5, 12}, x.data());
  wrong.strides = {1};
  EXPECT_THROW(context.set_input("x", wrong), Error);
  // An output over nothing but the far end of a strided input.
  std::vector<float> both(119, 1);
  ConstTensorRef backwards(DType::f32, {5, 12}, both.data() + 118);
  backwards.strides = {-12, -1};
  context.set_input("x", backwards);
  context.set_input("ids", tensor_of(DType::i64, {5, 12}, ids));
  context.set_output("x", {DType::f32, {5, 12}, both.data()});
  EXPECT_EQ(context.run().code(), ErrorCode::invalid_argument);
}

/// Other memory of the same size for each run, as who keeps the results of several runs binds it.
TEST(Outputs, OtherMemoryEachRun) {
  std::vector<float> negative;
  for (float v : kX) negative.push_back(-v);
  for (const char* name : {"a", "flat"}) {
    Context context = text_engine(kNames).context({.threads = 1});
    context.set_input("x", tensor_of(DType::f32, {2, 4}, kX));
    std::vector<std::vector<float>> results(4, std::vector<float>(8, 9));
    for (size_t i = 0; i < results.size(); ++i) {
      context.set_output(name, {DType::f32, {2, 4}, results[i].data()});
      const int64_t before = allocations();
      ASSERT_TRUE(context.run().ok());
      if (i > 0) {
        EXPECT_EQ(allocations(), before);
      }
      EXPECT_EQ(results[i], negative);
      EXPECT_EQ(context.output(name).data, results[i].data());
    }
    context.set_output(name, TensorRef{});
    std::fill(results[3].begin(), results[3].end(), 9.0f);
    ASSERT_TRUE(context.run().ok());
    EXPECT_EQ(results[3], std::vector<float>(8, 9)) << "written though no longer bound";
    EXPECT_EQ(values_of<float>(context, name), negative);
  }
}

TEST(Outputs, LathesOwnMemoryGivesTheSame) {
  Context context = text_engine(kNames).context({.threads = 1});
  context.set_input("x", tensor_of(DType::f32, {2, 4}, kX));
  ASSERT_TRUE(context.run().ok());
  EXPECT_EQ(values_of<float>(context, "a"), values_of<float>(context, "flat"));
  EXPECT_EQ(values_of<float>(context, "x_again"), kX);
  EXPECT_NE(context.output("x_again").data, kX.data()) << "a result outlives the caller's input";
  EXPECT_EQ(values_of<float>(context, "c"), (std::vector<float>{0.5f, -1, 2}));
  EXPECT_TRUE(context.output("flat").shape == Shape{8});
}

/// The result stays what it was until the next run, whatever is bound and requested meanwhile.
TEST(Outputs, ValidUntilTheNextRun) {
  Context context = text_engine(kNames).context({.threads = 1});
  context.set_input("x", tensor_of(DType::f32, {2, 4}, kX));
  context.request({"a"});
  ASSERT_TRUE(context.run().ok());
  context.set_input("x", tensor_of(DType::f32, {1, 4}, kX));
  context.request({"a", "b"});
  EXPECT_GT(context.required_bytes(), 0u);
  EXPECT_TRUE(context.output("a").shape == (Shape{2, 4}));
  EXPECT_EQ(values_of<float>(context, "a")[3], 4.0f);
  EXPECT_THROW(context.output("b"), Error);
  ASSERT_TRUE(context.run().ok());
  EXPECT_TRUE(context.output("a").shape == (Shape{1, 4}));
}

/// Columns of an input are views of it, and the caller's memory is read where it lies.
TEST(Outputs, ColumnsOfAnInput) {
  Context context = text_engine(
                        "input %x: f32[n, 4]\n"
                        "%right.out: f32[n, 2] = slice(start=[0, 2], size=[n, 2]) (%x)\n"
                        "%neg.out: f32[n, 2] = unary(kind=neg) (%right.out)\n"
                        "output neg = %neg.out\n"
                        "output right = %right.out\n")
                        .context({.threads = 1});
  context.set_input("x", tensor_of(DType::f32, {2, 4}, kX));
  std::vector<float> right(4, 9.0f);
  context.set_output("right", {DType::f32, {2, 2}, right.data()});
  ASSERT_TRUE(context.run().ok());
  EXPECT_EQ(values_of<float>(context, "neg"), (std::vector<float>{-3, 4, -7, 8}));
  EXPECT_EQ(right, (std::vector<float>{3, -4, 7, -8}));
  std::vector<float> other = kX;
  other[2] = 30;
  context.set_input("x", tensor_of(DType::f32, {2, 4}, other));
  ASSERT_TRUE(context.run().ok());
  EXPECT_EQ(values_of<float>(context, "neg")[0], -30.0f);
  EXPECT_EQ(right[0], 30.0f);
}

/// A plan may name a view of columns as an output, which no build does: the rows are put side by side.
TEST(Outputs, ColumnsOfAWiderTensor) {
  plan::Plan plan = text_plan(
      "input %x: f32[n, 4]\n"
      "%neg.out: f32[n, 4] = unary(kind=neg) (%x)\n"
      "%right.out: f32[n, 2] = slice(start=[0, 1], size=[n, 2]) (%neg.out)\n"
      "%abs.out: f32[n, 2] = unary(kind=abs) (%right.out)\n"
      "%exp.out: f32[n, 2] = unary(kind=exp) (%abs.out)\n"
      "output y = %exp.out\n");
  int view = -1;
  for (size_t t = 0; t < plan.tensors.size(); ++t)
    if (plan.tensors[t].storage == plan::Storage::view) view = static_cast<int>(t);
  ASSERT_GE(view, 0);
  plan.outputs.push_back({"right", view, false});
  plan::validate(plan, "columns");
  Context context = engine_of(std::move(plan)).context({.threads = 1});
  context.set_input("x", tensor_of(DType::f32, {2, 4}, kX));
  ASSERT_TRUE(context.run().ok());
  EXPECT_EQ(values_of<float>(context, "right"), (std::vector<float>{2, -3, 6, -7}));
}

/// On another machine too a step that reads columns gets a tactic that can: the next one, where the first cannot.
TEST(Outputs, ColumnsOnAnotherMachine) {
  plan::Plan plan = text_plan(
      "input %x: f32[n, 4]\n"
      "input %index: i32[m]\n"
      "%right.out: f32[n, 2] = slice(start=[0, 2], size=[n, 2]) (%x)\n"
      "%y.out: f32[m, 2] = gather (%right.out, %index)\n"
      "output y = %y.out\n");
  ASSERT_EQ(plan.steps.size(), 2u) << "the fast gather takes no columns, so that the slice is a step";
  plan::Tensor& right = plan.tensors[static_cast<size_t>(plan.steps[0].outputs[0])];
  right.storage = plan::Storage::view;
  right.base = plan.steps[0].inputs[0];
  right.offset = 2;
  plan.steps.erase(plan.steps.begin());
  plan.features = {"avx9000"};
  plan::validate(plan, "columns");
  Context context = engine_of(std::move(plan)).context({.threads = 1});
  const std::vector<int32_t> index = {1, 0, 1};
  context.set_input("x", tensor_of(DType::f32, {2, 4}, kX));
  context.set_input("index", tensor_of(DType::i32, {3}, index));
  const Status status = context.run();
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(values_of<float>(context, "y"), (std::vector<float>{7, -8, 3, -4, 7, -8}));
}

/// A caller's bool may hold any byte: all but 0 are true.
TEST(Outputs, AnyByteOfABool) {
  Context context = text_engine(
                        "input %x: bool[n]\n"
                        "%f.out: f32[n] = cast(to=f32) (%x)\n"
                        "%i.out: i64[n] = cast(to=i64) (%x)\n"
                        "%b.out: bool[n] = binary(kind=max) (%x, %x)\n"
                        "output f = %f.out\noutput i = %i.out\noutput b = %b.out\n")
                        .context({.threads = 1});
  const std::vector<uint8_t> bytes = {0, 1, 2, 63, 255};
  context.set_input("x", tensor_of(DType::boolean, {5}, bytes));
  const Status status = context.run();
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(values_of<float>(context, "f"), (std::vector<float>{0, 1, 1, 1, 1}));
  EXPECT_EQ(values_of<int64_t>(context, "i"), (std::vector<int64_t>{0, 1, 1, 1, 1}));
  EXPECT_EQ(values_of<uint8_t>(context, "b"), (std::vector<uint8_t>{0, 1, 1, 1, 1}));
}

TEST(ContextFacts, ThreadsAndTimes) {
  Engine engine = text_engine(kNames);
  EXPECT_EQ(engine.context({.threads = 3}).threads(), 3);
  EXPECT_EQ(engine.context({.threads = 1024}).threads(), 256);
  Context context = engine.context({.threads = 2, .profile = true});
  EXPECT_TRUE(context.step_times().empty());
  context.set_input("x", tensor_of(DType::f32, {2, 4}, kX));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(context.run().ok());
  const std::vector<Context::StepTime> times = context.step_times();
  ASSERT_EQ(times.size(), 1u);
  EXPECT_EQ(times[0].name, "neg");
  EXPECT_EQ(times[0].runs, 3);
  EXPECT_GT(times[0].total_us, 0);
  EXPECT_FALSE(times[0].tactic.empty());
}

}  // namespace
}  // namespace lathe
