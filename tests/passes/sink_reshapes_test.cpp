#include <gtest/gtest.h>

#include "ops/activation.h"
#include "ops/reshape.h"
#include "ops/softmax.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;

struct Net {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, kSeq, 6}), r = b.input("r", {kBatch, kSeq, 6});

  ValueId flat(ValueId v) { return b.reshape(v, {kBatch * kSeq, b.width(v)}); }
  ValueId apart(ValueId v) { return b.reshape(v, {kBatch, kSeq, b.width(v)}); }
  ir::Network finish(ValueId y) {
    b.output("y", y);
    ir::Network network = b.network;
    network.remove_dead();
    return network;
  }
};

/// As simplifiers write a product with matrices: flat, product, bias, and apart again.
TEST(PassesSinkReshapes, ProductsSeeBatchAndPositions) {
  Net n;
  ir::Network network = n.finish(n.apart(n.b.add(ops::Act{Activation::gelu}, {n.b.linear(n.flat(n.x), 5)})));
  const ir::Network before = network;
  EXPECT_GT(run_pass("sink_reshapes", network), 0);
  run_pass("merge_moves", network);
  EXPECT_EQ(count(network, "reshape"), 0u);
  expect_equal(before, network);
}

/// As models that keep all positions in one dimension from the embeddings on.
TEST(PassesSinkReshapes, GoThroughResidualsAndNormalisation) {
  Net n;
  const ValueId x = n.flat(n.x);
  const ValueId y = n.b.layer_norm(n.b.sum(n.b.linear(x, 6), n.flat(n.r)));
  ir::Network network = n.finish(n.apart(n.b.sum(n.b.add(ops::Softmax{-1}, {y}), x)));
  const ir::Network before = network;
  run_pass("sink_reshapes", network);
  run_pass("merge_moves", network);
  EXPECT_EQ(count(network, "reshape"), 0u);
  expect_equal(before, network);
}

/// An output stays what it is: the last reshape gives it.
TEST(PassesSinkReshapes, EndAtOutputs) {
  Net n;
  ir::Network network = n.finish(n.b.linear(n.flat(n.x), 5));
  const ir::Network before = network;
  run_pass("sink_reshapes", network);
  EXPECT_EQ(kinds_in_order(network), (std::vector<std::string>{"matmul", "binary", "reshape"}));
  expect_equal(before, network);
}

TEST(PassesSinkReshapes, ReportsWhatItPassed) {
  Net n;
  ir::Network network = n.finish(n.apart(n.b.add(ops::Act{Activation::gelu}, {n.flat(n.x)})));
  std::vector<std::string> reports;
  run_pass("sink_reshapes", network, &reports);
  EXPECT_EQ(reports, std::vector<std::string>{"reshapes moved past 1 node"});
}

TEST(PassesSinkReshapes, LeaveWhatIsNotRowByRow) {
  {
    Net n;  // over all rows
    expect_refuses("sink_reshapes", n.finish(n.apart(n.b.add(ops::Softmax{0}, {n.flat(n.x)}))));
  }
  {
    Net n;  // the last dimension is another one
    const ValueId rows = n.b.reshape(n.x, {kBatch * kSeq * Dim(2), 3});
    expect_refuses("sink_reshapes",
                   n.finish(n.b.reshape(n.b.add(ops::Act{Activation::gelu}, {rows}), {kBatch, kSeq, 6})));
  }
  {
    Net n;  // an operand has no batch and positions of its own
    const ValueId other = n.b.input("other", {kBatch * kSeq, 6});
    expect_refuses("sink_reshapes", n.finish(n.apart(n.b.sum(n.flat(n.x), other))));
  }
  {
    Net n;  // operands are made of other dimensions
    const ValueId other = n.b.reshape(n.b.input("other", {kSeq, kBatch, 6}), {kBatch * kSeq, 6});
    expect_refuses("sink_reshapes", n.finish(n.apart(n.b.sum(n.flat(n.x), other))));
  }
}

TEST(PassesSinkReshapes, LeaveSizesOfOne) {
  Net n;  // nothing is hidden: one row a text
  const ValueId first = n.b.reshape(n.b.input("first", {kBatch, 1, 6}), {kBatch, 6});
  expect_refuses("sink_reshapes", n.finish(n.b.reshape(n.b.linear(first, 6), {kBatch, 1, 6})));
}

}  // namespace
}  // namespace lathe::passes::testing
