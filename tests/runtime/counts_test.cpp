// Sizes that only a run finds: steps behind the one that counts work on what was found.
#include <gtest/gtest.h>

#include "lathe/error.h"
#include "plan/file.h"
#include "tests/errors/refusal.h"
#include "tests/io/scratch.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {
using namespace test;

/// The elements of x that are not zero, and twice their places.
constexpr std::string_view kFound =
    "network found\n"
    "input %x: f32[n]\n"
    "constant %two: i64[] = [2]\n"
    "%places.out: i64[1, count] = non_zero (%x)\n"
    "%flat.out: i64[count] = reshape(shape=[count]) (%places.out)\n"
    "%values.out: f32[count] = gather (%x, %flat.out)\n"
    "%negated.out: f32[count] = unary(kind=neg) (%values.out)\n"
    "%twice.out: i64[count] = binary(kind=mul) (%flat.out, %two)\n"
    "output values = %negated.out\n"
    "output twice = %twice.out\n";

TEST(RuntimeCounts, NonZeroThenGather) {
  const Engine engine = engine_by_file(text_plan(kFound));
  Context context = engine.context({.threads = 2});
  const std::vector<std::pair<std::vector<float>, std::vector<int64_t>>> cases = {
      {{0, 3, 0, -4, 5}, {1, 3, 4}}, {{0, 0, 0, 0, 0}, {}}, {{1, 2, 3, 4, 5}, {0, 1, 2, 3, 4}}, {{0, 0, 0, 0, 9}, {4}}};
  for (const auto& [x, places] : cases) {
    context.set_input("x", tensor_of(DType::f32, {5}, x));
    const Status status = context.run();
    ASSERT_TRUE(status.ok()) << status.message();
    std::vector<float> values;
    std::vector<int64_t> twice;
    for (int64_t place : places) values.push_back(-x[static_cast<size_t>(place)]), twice.push_back(2 * place);
    EXPECT_EQ(context.output("values").shape, Shape{static_cast<int64_t>(places.size())});
    EXPECT_EQ(values_of<float>(context, "values"), values);
    EXPECT_EQ(values_of<int64_t>(context, "twice"), twice);
  }
}

/// Counts of what was counted: the elements that are not zero, and of these those whose places are not.
TEST(RuntimeCounts, OfWhatWasCounted) {
  const Engine engine =
      engine_by_file(text_plan("network chain\n"
                               "input %x: f32[n]\n"
                               "%places.out: i64[1, count] = non_zero (%x)\n"
                               "%flat.out: i64[count] = reshape(shape=[count]) (%places.out)\n"
                               "%again.out: i64[1, more] = non_zero(symbol=more) (%flat.out)\n"
                               "%which.out: i64[more] = reshape(shape=[more]) (%again.out)\n"
                               "%at.out: i64[more] = gather (%flat.out, %which.out)\n"
                               "%values.out: f32[more] = gather (%x, %at.out)\n"
                               "output values = %values.out\n"));
  Context context = engine.context({.threads = 2});
  const std::vector<std::pair<std::vector<float>, std::vector<float>>> cases = {
      {{7, 3, 0, -4}, {3, -4}}, {{0, 0, 0, 0}, {}}, {{7, 0, 0, 0}, {}}, {{0, 1, 2, 3}, {1, 2, 3}}};
  for (const auto& [x, values] : cases) {
    context.set_input("x", tensor_of(DType::f32, {4}, x));
    const Status status = context.run();
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(values_of<float>(context, "values"), values);
  }
}

/// A count in the midst of a shape, which the steps behind work on; and k's that the sizes of a run decide.
TEST(RuntimeCounts, UniqueColumnsAndTheirLargest) {
  const Engine engine =
      engine_by_file(text_plan("network unique\n"
                               "input %x: f32[2, n]\n"
                               "%unique.out0: f32[2, different], %unique.out1: i64[different], %unique.out2: i64[n], "
                               "%unique.out3: i64[different] = unique(along_axis=true, axis=1, symbol=different) (%x)\n"
                               "%negated.out: f32[2, different] = unary(kind=neg) (%unique.out0)\n"
                               "%top.out0: f32[2, n], %top.out1: i64[2, n] = top_k(k=[n]) (%x)\n"
                               "output y = %negated.out\n"
                               "output counts = %unique.out3\n"
                               "output where = %top.out1\n"));
  Context context = engine.context({.threads = 2});
  const std::vector<float> wide = {2, 1, 2, 1, 5, 6, 5, 7};
  context.set_input("x", tensor_of(DType::f32, {2, 4}, wide));
  Status status = context.run();
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(context.output("y").shape, (Shape{2, 3}));
  EXPECT_EQ(values_of<float>(context, "y"), (std::vector<float>{-1, -1, -2, -6, -7, -5}));
  EXPECT_EQ(values_of<int64_t>(context, "counts"), (std::vector<int64_t>{1, 1, 2}));
  EXPECT_EQ(values_of<int64_t>(context, "where"), (std::vector<int64_t>{0, 2, 1, 3, 3, 1, 0, 2}));
  const std::vector<float> narrow = {0, 0, 4, 4};
  context.set_input("x", tensor_of(DType::f32, {2, 2}, narrow));
  status = context.run();
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(values_of<float>(context, "y"), (std::vector<float>{0, -4}));
}

/// What only a run knows to be too much.
TEST(RuntimeCounts, MoreThanThereAre) {
  const Engine engine =
      engine_by_file(text_plan("network top\n"
                               "input %x: f32[n]\n"
                               "%top.out0: f32[3], %top.out1: i64[3] = top_k(k=[3]) (%x)\n"
                               "output y = %top.out0\n"));
  Context context = engine.context({.threads = 1});
  const std::vector<float> four = {1, 4, 2, 3};
  context.set_input("x", tensor_of(DType::f32, {4}, four));
  ASSERT_TRUE(context.run().ok());
  EXPECT_EQ(values_of<float>(context, "y"), (std::vector<float>{4, 3, 2}));
  const std::vector<float> two = {1, 4};
  context.set_input("x", tensor_of(DType::f32, {2}, two));
  EXPECT_EQ(context.run().code(), ErrorCode::out_of_range);
}

TEST(RuntimeCounts, BoxesThatAreLeft) {
  const Engine engine =
      engine_by_file(text_plan("network boxes\n"
                               "input %boxes: f32[1, n, 4]\n"
                               "input %scores: f32[1, 1, n]\n"
                               "constant %column: i64[] = [2]\n"
                               "%nms.out: i64[selected, 3] = nms(max_output_boxes_per_class=2, iou_threshold=0.5) "
                               "(%boxes, %scores)\n"
                               "%which.out: i64[selected] = gather(axis=1) (%nms.out, %column)\n"
                               "output y = %which.out\n"));
  Context context = engine.context({.threads = 1});
  const std::vector<float> boxes = {0, 0, 1, 1, 0, 0, 1, 0.9f, 2, 2, 3, 3};
  context.set_input("boxes", tensor_of(DType::f32, {1, 3, 4}, boxes));
  const std::vector<float> scores = {0.5f, 0.6f, 0.1f};
  context.set_input("scores", tensor_of(DType::f32, {1, 1, 3}, scores));
  const Status status = context.run();
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(values_of<int64_t>(context, "y"), (std::vector<int64_t>{1, 2}));
}

/// Memory of the caller holds the most that there can be; the result's shape says how much is valid.
TEST(RuntimeCounts, IntoTheCallersMemory) {
  Context context = text_engine(kFound).context({.threads = 1});
  const std::vector<float> x = {0, 3, 0, -4, 5};
  std::vector<float> values(5, 99);
  context.set_input("x", tensor_of(DType::f32, {5}, x));
  context.set_output("values", {DType::f32, {5}, values.data()});
  const Status status = context.run();
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(context.output("values").shape, Shape{3});
  EXPECT_EQ((std::vector<float>(values.begin(), values.begin() + 3)), (std::vector<float>{-3, 4, -5}));
}

/// Memory of the caller that is asked for when the size is known.
TEST(RuntimeCounts, IntoMemoryThatIsAskedFor) {
  Context context = text_engine(kFound).context({.threads = 1});
  std::vector<float> memory;
  size_t asked = 0;
  bool gives = true;
  context.set_output_allocator("values", [&](size_t bytes, const Shape& shape) -> void* {
    asked = bytes;
    EXPECT_EQ(bytes, static_cast<size_t>(shape.count()) * sizeof(float));
    memory.assign(static_cast<size_t>(shape.count()) + 1, 99);
    return gives ? memory.data() : nullptr;
  });
  const std::vector<std::vector<float>> inputs = {{0, 3, 0, -4, 5}, {0, 0, 0, 0, 0}, {1, 2, 3, 4, 5}};
  for (const std::vector<float>& x : inputs) {
    context.set_input("x", tensor_of(DType::f32, {5}, x));
    const Status status = context.run();
    ASSERT_TRUE(status.ok()) << status.message();
    std::vector<float> values;
    for (float v : x)
      if (v != 0) values.push_back(-v);
    EXPECT_EQ(asked, values.size() * sizeof(float));
    EXPECT_EQ(context.output("values").data, memory.data());
    EXPECT_EQ(values_of<float>(context, "values"), values);
    EXPECT_EQ(memory.back(), 99);
  }
  gives = false;
  const Status status = context.run();
  EXPECT_EQ(status.code(), ErrorCode::out_of_memory);
  expect_line(status.message(), {"values", "its allocator gave no 20 bytes", "free some memory"});
  context.set_output_allocator("values", nullptr);
  EXPECT_TRUE(context.run().ok());
}

/// A file in which a step counts without its bound, or two count one thing.
TEST(RuntimeCounts, HostilePlans) {
  const plan::Plan good = text_plan(kFound);
  const auto refused = [&](const char* problem, auto change) {
    plan::Plan bad = good;
    change(bad);
    try {
      plan::validate(bad, "bad");
      ADD_FAILURE() << problem;
    } catch (const Error& error) {
      EXPECT_NE(std::string_view(error.what()).find(problem), std::string_view::npos) << error.what();
    }
  };
  refused("has a size that nothing says", [](plan::Plan& p) { p.runtime_symbols.clear(); });
  refused("counts something without its bound", [](plan::Plan& p) { p.runtime_symbols[0].bound = Dim(1); });
  refused("is counted by no step", [](plan::Plan& p) { p.runtime_symbols.push_back({"more", Dim(1)}); });
  refused("counts what another step counts", [](plan::Plan& p) {
    plan::Step again = p.steps[0];
    again.name = "again";
    p.tensors.push_back(p.tensors[static_cast<size_t>(again.outputs[0])]);
    again.outputs[0] = static_cast<int>(p.tensors.size()) - 1;
    p.steps.push_back(again);
  });
}

}  // namespace
}  // namespace lathe
