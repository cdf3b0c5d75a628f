// What ops make of sizes that are elements of inputs.
#include <algorithm>

#include "ops/binary.h"
#include "ops/expand.h"
#include "ops/range.h"
#include "ops/slice.h"
#include "ops/top_k.h"
#include "tests/runtime/element_sizes.h"

namespace lathe {
namespace {
using namespace test;
using ir::Network;
using ir::ValueId;

ValueId constant(Network& network, const Numbers& values) {
  return network.add_constant("numbers", {DType::i64, {Dim(static_cast<int64_t>(values.size()))}},
                              {Blob::copy_of(values.data(), values.size() * sizeof(int64_t)), nullptr});
}

/// Every start and end along a dimension of 5, as Python has them.
TEST(RuntimeElementRules, ASlice) {
  for (const int64_t stride : {1, 2, -1, -3}) {
    Network network;
    const ValueId x = network.add_input("x", {DType::f32, {Dim::symbol("n")}});
    const ValueId from = sizes_input(network, "from", {Dim(1)}), to = sizes_input(network, "to", {Dim(1)});
    const ValueId axes = constant(network, {0}), strides = constant(network, {stride});
    network.mark_output("y", network.add1(ops::Slice{}, {x, from, to, axes, strides}, "part"));
    const Engine engine = engine_for(network);
    Context context = engine.context({.threads = 1});
    const std::vector<float> values = rising(5);
    for (int64_t start = -7; start <= 7; ++start)
      for (int64_t end : {INT64_MIN, int64_t{-7}, int64_t{-5}, int64_t{-2}, int64_t{0}, int64_t{3}, INT64_MAX}) {
        const int64_t n = 5, low = stride > 0 ? 0 : -1, high = stride > 0 ? n : n - 1;
        const int64_t first = std::clamp(start < 0 ? start + n : start, std::max<int64_t>(low, 0), high),
                      last = std::clamp(end < 0 ? std::max(end, -n - 9) + n : end, low, high);
        std::vector<float> expected;
        for (int64_t i = first; stride > 0 ? i < last : i > last; i += stride)
          expected.push_back(static_cast<float>(i));
        const Numbers starts = {start}, ends = {end};
        context.set_input("x", tensor_of(DType::f32, {n}, values));
        context.set_input("from", tensor_of(DType::i64, {1}, starts));
        context.set_input("to", tensor_of(DType::i64, {1}, ends));
        const Status status = context.run();
        ASSERT_TRUE(status.ok()) << status.message();
        EXPECT_EQ(values_of<float>(context, "y"), expected) << start << " to " << end << " by " << stride;
      }
  }
}

/// 1 and the dimension itself, and nothing else.
TEST(RuntimeElementRules, AnExpansion) {
  Network network;
  const ValueId x = network.add_input("x", {DType::f32, {Dim(3), Dim(1)}});
  const ValueId shape = sizes_input(network, "shape", {Dim(3)}, DType::i32);
  network.mark_output("y", network.add1(ops::Expand{}, {x, shape}, "wide"));
  const Engine engine = engine_for(network);
  Context context = engine.context({.threads = 1});
  const std::vector<float> values = rising(3);
  const auto run = [&](const std::vector<int32_t>& to) {
    context.set_input("x", tensor_of(DType::f32, {3, 1}, values));
    context.set_input("shape", tensor_of(DType::i32, {3}, to));
    return context.run();
  };
  ASSERT_TRUE(run({2, 1, 4}).ok());
  EXPECT_EQ(context.output("y").shape, (Shape{2, 3, 4}));
  ASSERT_TRUE(run({1, 3, 1}).ok());
  EXPECT_EQ(values_of<float>(context, "y"), values);
  for (const std::vector<int32_t>& wrong : {std::vector<int32_t>{2, 2, 4}, {2, 0, 4}, {2, 5, 4}, {-1, 3, 4}})
    EXPECT_FALSE(run(wrong).ok());
  EXPECT_EQ(run({0, 3, 4}).code(), ErrorCode::ok);
  // i32 takes any type, of whole numbers.
  const std::vector<float> halves = {2, 1, 4.5f}, whole = {2, 3, 4};
  context.set_input("shape", tensor_of(DType::f32, {3}, halves));
  EXPECT_EQ(to_string(context.run().code()), "invalid_argument");
  context.set_input("shape", tensor_of(DType::f32, {3}, whole));
  ASSERT_TRUE(context.run().ok());
  EXPECT_EQ(context.output("y").shape, (Shape{2, 3, 4}));
}

/// One element is the size of another input as well: a run sees that they agree.
TEST(RuntimeElementRules, WhatOthersHave) {
  Network network;
  const ValueId one = network.add_input("one", {DType::f32, {}});
  const ValueId x = network.add_input("x", {DType::f32, {Dim::symbol("n"), Dim(2)}});
  const ValueId shape = sizes_input(network, "shape", {Dim(2)});
  const ValueId wide = network.add1(ops::Expand{}, {one, shape}, "wide");
  network.mark_output("y", network.add1(ops::Binary{}, {wide, x}, "sum"));
  const Engine engine = engine_for(network);
  EXPECT_EQ(engine.inputs()[2].elements, (std::vector<std::string>{"n", "2"}));
  Context context = engine.context({.threads = 1});
  const std::vector<float> ones = {1}, values = rising(6);
  const auto run = [&](const Numbers& to) {
    context.set_input("one", tensor_of(DType::f32, {}, ones));
    context.set_input("x", tensor_of(DType::f32, {3, 2}, values));
    context.set_input("shape", tensor_of(DType::i64, {2}, to));
    return context.run();
  };
  EXPECT_TRUE(run({3, 2}).ok());
  EXPECT_NE(run({4, 2}).message().find("shape[0]: 4 does not fit n, which is 3 here"), std::string::npos);
  EXPECT_NE(run({3, 1}).message().find("shape[1]: 1 does not fit 2"), std::string::npos);
  EXPECT_NE(run({-3, 2}).message().find("shape[0]: a size is -3"), std::string::npos);
}

/// What is computed from elements is followed, as of shapes: the k best of a range from a to b.
TEST(RuntimeElementRules, WhatIsComputed) {
  Network network;
  const ValueId a = sizes_input(network, "a", {}), b = sizes_input(network, "b", {}), k = sizes_input(network, "k", {});
  const ValueId step = network.add1(ops::Range{DType::i64, Dim(1), Dim(2), 1}, {}, "one");
  const ValueId range = network.add1(ops::Range{}, {a, b, step}, "range");
  const ValueId more = network.add1(ops::Binary{}, {k, step}, "more");
  network.mark_output("y", network.add(ops::TopK{}, {range, more}, "best")[0]);
  const Engine engine = engine_for(network);
  Context context = engine.context({.threads = 1});
  const auto run = [&](const Numbers& from, const Numbers& to, const Numbers& count) {
    context.set_input("a", tensor_of(DType::i64, {}, from));
    context.set_input("b", tensor_of(DType::i64, {}, to));
    context.set_input("k", tensor_of(DType::i64, {}, count));
    return context.run();
  };
  ASSERT_TRUE(run({-3}, {4}, {1}).ok());
  EXPECT_EQ(values_of<int64_t>(context, "y"), (Numbers{3, 2}));
  ASSERT_TRUE(run({-3}, {-1}, {0}).ok());
  EXPECT_EQ(values_of<int64_t>(context, "y"), (Numbers{-2}));
  EXPECT_FALSE(run({-3}, {-1}, {2}).ok());
  EXPECT_FALSE(run({0}, {5}, {-3}).ok());
  EXPECT_FALSE(run({-9223372036854775807}, {9223372036854775807}, {0}).ok());
}

/// Numbers that no size comes of are data: nothing is said of them, and a run takes any.
TEST(RuntimeElementRules, NoSizes) {
  Network network;
  const ValueId a = sizes_input(network, "a", {Dim(2)});
  network.mark_output("y", network.add1(ops::Binary{}, {a, a}, "twice"));
  const Engine engine = engine_for(network);
  EXPECT_TRUE(engine.inputs()[0].elements.empty());
  Context context = engine.context({.threads = 1});
  const Numbers values = {INT64_MIN, -5};
  context.set_input("a", tensor_of(DType::i64, {2}, values));
  ASSERT_TRUE(context.run().ok());
  EXPECT_EQ(values_of<int64_t>(context, "y"), (Numbers{0, -10}));
}

}  // namespace
}  // namespace lathe
