#include <gtest/gtest.h>

#include "ir/verify.h"
#include "ops/activation.h"
#include "ops/binary.h"
#include "ops/pointwise.h"
#include "ops/softmax.h"
#include "ops/unary.h"
#include "passes/passes.h"
#include "passes/target.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;
using Steps = std::vector<std::string>;

struct AnyTarget : Target {
  bool all = true;
  bool takes(const ops::Op&, std::span<const TargetOperand>, std::span<const TargetOperand>) const override {
    return all;
  }
};

int fused(ir::Network& network, bool taken = true) {
  AnyTarget target;
  target.all = taken;
  PassContext context;
  context.target = &target;
  const int rewrites = fuse_pointwise(network, context);
  ir::verify(network);
  return rewrites;
}

std::string program(const ir::Network& network) {
  for (ir::NodeId id : network.nodes())
    if (const auto* op = network.node(id).op.as<ops::Pointwise>()) return to_string(op->program);
  return {};
}

TEST(PassesFusePointwise, ChainsAndTheirBranches) {
  NetworkBuilder b;
  const ValueId x = b.input("x", {kBatch, 6}), row = b.input("row", {6});
  const ValueId sum = b.add(ops::Binary{ops::BinaryKind::add}, {x, row});
  const ValueId left = b.add(ops::Act{Activation::relu}, {sum}), right = b.add(ops::Unary{ops::UnaryKind::exp}, {sum});
  b.output("y", b.add(ops::Binary{ops::BinaryKind::mul}, {left, right}));
  ir::Network network = b.network;
  EXPECT_EQ(fused(network, false), 0);
  EXPECT_EQ(fused(network), 1);
  EXPECT_EQ(kinds_in_order(network), Steps{"pointwise"});
  EXPECT_EQ(program(network), "add(0,1); relu(2); exp(2); mul(3,4)");
  expect_equal(b.network, network);
}

/// What others read is made; what has another shape is made once.
TEST(PassesFusePointwise, StaysWithinItsReaders) {
  NetworkBuilder b;
  const ValueId x = b.input("x", {kBatch, 6}), row = b.input("row", {6});
  const ValueId small = b.add(ops::Unary{ops::UnaryKind::exp}, {row});
  const ValueId sum = b.add(ops::Binary{ops::BinaryKind::add}, {x, small});
  const ValueId relu = b.add(ops::Act{Activation::relu}, {sum}), last = b.add(ops::Act{Activation::tanh}, {relu});
  b.output("sum", sum);
  b.output("y", b.add(ops::Softmax{-1}, {last}));
  ir::Network network = b.network;
  EXPECT_EQ(fused(network), 1);
  EXPECT_EQ(kinds_in_order(network), (Steps{"unary", "binary", "pointwise", "softmax"}));
  EXPECT_EQ(program(network), "relu(0); tanh(1)");
  expect_equal(b.network, network);
}

TEST(PassesFusePointwise, LongChainsBecomeSeveral) {
  NetworkBuilder b;
  const ValueId x = b.input("x", {kBatch, 3});
  ValueId y = x;
  for (int i = 0; i < 70; ++i) y = b.add(ops::Act{i % 2 == 0 ? Activation::tanh : Activation::relu}, {y});
  b.output("y", y);
  ir::Network network = b.network;
  EXPECT_EQ(fused(network), 3);
  EXPECT_EQ(kinds_in_order(network), (Steps{"pointwise", "pointwise", "pointwise"}));
  expect_equal(b.network, network);
}

}  // namespace
}  // namespace lathe::passes::testing
