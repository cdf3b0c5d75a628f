#include <gtest/gtest.h>

#include "ops/activation.h"
#include "ops/cast.h"
#include "ops/concat.h"
#include "ops/fill.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/transpose.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;
using Steps = std::vector<std::string>;

TEST(PassesFoldConstants, ComputesAndWritesRecipes) {
  NetworkBuilder b;
  ValueId w = b.transpose(b.stored_weight("w", {5, 6}, DType::f16), {1, 0});
  b.output("y", b.product(b.input("x", {6, 5}), w));
  ir::Network network = b.network;
  EXPECT_EQ(run_pass("fold_constants", network), 2);
  ASSERT_EQ(kinds_in_order(network), Steps{"binary"});
  ValueId folded = network.node(network.nodes()[0]).inputs[1];
  EXPECT_EQ(to_string(*network.value(folded).constant->recipe), "transpose(perm=[1, 0])(cast(w))");
  expect_equal(b.network, network);
}

TEST(PassesFoldConstants, DropsWhatChangesNothing) {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, 6}), y = x;
  y = b.product(b.number(1), b.product(y, b.number(1)));
  y = b.quotient(y, b.number(1));
  y = b.sum(b.number(0), b.sum(y, b.number(0)));
  y = b.difference(y, b.number(0));
  y = b.cast(y, DType::f32);
  y = b.reshape(b.reshape(b.reshape(y, {kBatch, 2, 3}), {kBatch, 3, 2}), {kBatch, 6});
  y = b.transpose(y, {0, 1});
  y = b.add(ops::Slice{{0, 0}, {kBatch, 6}, {}}, {y});
  y = b.add(ops::Concat{1}, {y});
  y = b.add(ops::Act{Activation::none}, {y});
  b.output("y", b.product(y, y));
  expect_becomes("fold_constants", b.network, {"binary"});
}

TEST(PassesFoldConstants, KeepsWhatChangesSomething) {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, 6});
  b.output("a", b.product(x, b.number(2)));
  b.output("b", b.quotient(b.number(1), x));
  b.output("c", b.difference(b.number(0), x));
  b.output("d", b.sum(x, b.weight("zero", {1, 1, 1}, 0, 0)));  // one more dimension
  b.output("e", b.cast(x, DType::f16));
  b.output("f", b.transpose(b.input("z", {6, 6}), {1, 0}));
  b.output("g", b.add(ops::Slice{{0, 5}, {kBatch, 6}, {1, -1}}, {x}));
  expect_refuses("fold_constants", b.network);
}

TEST(PassesFoldConstants, KeepsOutputsAndLargeBroadcasts) {
  NetworkBuilder b;
  b.output("folded", b.sum(b.weight("v", {3}), b.weight("w", {3})));
  ValueId large = b.sum(b.weight("column", {2000, 1}), b.weight("row", {1, 2000}));
  b.output("large", b.product(large, b.input("x", {2000, 2000})));
  b.output("same", b.reshape(b.input("y", {6}), {6}));
  expect_refuses("fold_constants", b.network);
}

TEST(PassesFoldConstants, ComputesFillsOfConstantShape) {
  NetworkBuilder b;
  ops::Fill fill{.dtype = DType::f32, .shape = {6}, .start = 1, .step = 2};
  b.output("y", b.sum(b.input("x", {kBatch, 6}), b.add(fill, {})));
  expect_becomes("fold_constants", b.network, {"binary"});
}

/// What is left of two reshapes is a reader of what the first one read: no list of readers misses it.
TEST(PassesFoldConstants, AShortenedReshapeIsAReader) {
  NetworkBuilder b;
  const ValueId act = b.add(ops::Act{Activation::gelu}, {b.input("x", {kBatch, 6})});
  b.output("y", b.reshape(b.reshape(act, {kBatch, 2, 3}), {kBatch, 3, 2}));
  ir::Network network = b.network;
  run_pass("fold_constants", network);
  run_pass("remove_dead", network);
  EXPECT_EQ(kinds_in_order(network), (Steps{"activation", "reshape"}));
  EXPECT_EQ(network.users(act), (std::vector<ir::NodeId>{network.nodes()[1]}));
}

TEST(PassesCommonSubexpressions, MergesEqualNodesAndConstants) {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, 6}), y = b.input("y", {kBatch, 6});
  b.output("a", b.product(b.sum(x, y), b.number(3)));
  b.output("b", b.product(b.number(3), b.sum(y, x)));
  ir::Network network = b.network;
  EXPECT_EQ(run_pass("common_subexpressions", network), 3);  // one constant, two nodes
  EXPECT_EQ(kinds_in_order(network), (Steps{"binary", "binary"}));
  EXPECT_EQ(network.outputs[0].value, network.outputs[1].value);
  expect_equal(b.network, network);
}

TEST(PassesCommonSubexpressions, KeepsWhatDiffers) {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, 6}), y = b.input("y", {kBatch, 6});
  b.output("a", b.difference(x, y));
  b.output("b", b.difference(y, x));
  b.output("c", b.product(x, b.number(3)));
  b.output("d", b.product(x, b.number(4)));
  b.output("e", b.sum(x, b.weight("v", {6})));
  b.output("f", b.sum(x, b.weight("w", {6})));
  expect_refuses("common_subexpressions", b.network);
}

TEST(PassesRemoveDead, DropsUnreadNodes) {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, 6});
  b.sqrt(b.sum(x, x));
  b.output("y", b.product(x, x));
  ir::Network network = b.network;
  EXPECT_EQ(run_pass("remove_dead", network), 2);
  EXPECT_EQ(kinds_in_order(network), Steps{"binary"});
}

/// Each of these doubles what its recipe would have as a tree.
TEST(PassesFoldConstants, RecipesStaySmall) {
  NetworkBuilder b;
  ir::ValueId x = b.weight("w", {3});
  for (int i = 0; i < 40; ++i) x = b.sum(x, x);
  b.output("y", b.sum(b.input("x", {3}), x));
  ir::Network network = b.network;
  EXPECT_GT(run_pass("fold_constants", network), 5);
  size_t longest = 0;
  for (ValueId id : network.live_constants())
    if (const auto& recipe = network.value(id).constant->recipe) longest = std::max(longest, to_string(*recipe).size());
  EXPECT_LT(longest, size_t{1} << 17);
  expect_equal(b.network, network);
}

}  // namespace
}  // namespace lathe::passes::testing
