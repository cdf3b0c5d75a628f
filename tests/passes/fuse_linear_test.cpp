#include <gtest/gtest.h>

#include "ops/linear.h"
#include "ops/matmul.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;

const ops::Linear& only_linear(const ir::Network& network) {
  for (ir::NodeId id : network.nodes())
    if (const auto* op = network.node(id).op.as<ops::Linear>()) return *op;
  throw std::logic_error("no linear");
}

TEST(PassesFuseLinear, TakesWeightsInBothOrders) {
  for (bool transposed : {false, true}) {
    NetworkBuilder b;
    ValueId x = b.input("x", {kBatch, kSeq, 6}), bias = b.weight("b", {5});
    ValueId w = transposed ? b.weight("w", {5, 6}) : b.weight("w", {6, 5});
    ValueId product = b.add(ops::MatMul{.transpose_b = transposed}, {x, w});
    b.output("y", transposed ? b.sum(product, bias) : b.sum(bias, product));
    ir::Network network = b.network;
    EXPECT_EQ(run_pass("fuse_linear", network), 1);
    EXPECT_EQ(kinds_in_order(network), std::vector<std::string>{"linear"});
    EXPECT_EQ(only_linear(network).transposed, transposed);
    EXPECT_EQ(to_string(only_linear(network).epilogue), "bias");
    expect_equal(b.network, network);
  }
}

TEST(PassesFuseLinear, LeavesWhatIsNoBias) {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, 6});
  ValueId product = b.add(ops::MatMul{}, {x, b.weight("w", {6, 5})});
  b.output("scalar", b.sum(product, b.number(2)));
  b.output("full", b.sum(b.add(ops::MatMul{}, {x, b.weight("v", {6, 5})}), b.input("r", {kBatch, 5})));
  b.output("shown", b.sum(b.add(ops::MatMul{}, {x, b.weight("u", {6, 5})}), b.weight("b", {5})));
  ValueId shown = b.network.producer(b.network.outputs[2].value)->inputs[0];
  b.output("product", shown);
  expect_becomes("fuse_linear", b.network, {"linear", "binary", "linear", "binary", "linear", "binary"});
}

TEST(PassesFuseLinear, RefusesProductsOfValues) {
  NetworkBuilder b;
  ValueId x = b.input("x", {6, 6}), y = b.input("y", {6, 6});
  b.output("values", b.add(ops::MatMul{}, {x, y}));
  b.output("left", b.add(ops::MatMul{}, {b.weight("w", {6, 6}), y}));
  b.output("turned", b.add(ops::MatMul{.transpose_a = true}, {x, b.weight("v", {6, 6})}));
  b.output("stacked", b.add(ops::MatMul{}, {x, b.weight("u", {2, 6, 6})}));
  expect_refuses("fuse_linear", b.network);
}

}  // namespace
}  // namespace lathe::passes::testing
