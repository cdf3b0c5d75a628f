#include <gtest/gtest.h>

#include "ops/reshape.h"
#include "ops/transpose.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;

struct Net {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, kSeq, 6});

  /// So that no move is an output or reads an input, which keep their own.
  ValueId inner() { return b.sum(x, b.number(1)); }
  ir::Network finish(ValueId y) {
    b.output("y", b.sum(y, b.number(1)));
    return b.network;
  }
};

TEST(PassesMergeMoves, ReshapesOfReshapes) {
  Net n;
  expect_becomes("merge_moves", n.finish(n.b.reshape(n.b.reshape(n.inner(), {kBatch * kSeq, 6}), {kBatch, kSeq, 2, 3})),
                 {"binary", "reshape", "binary"});
}

TEST(PassesMergeMoves, WhatComesBackGoes) {
  Net n;
  expect_becomes("merge_moves", n.finish(n.b.reshape(n.b.reshape(n.inner(), {kBatch * kSeq, 6}), {kBatch, kSeq, 6})),
                 {"binary", "binary"});
  Net m;
  expect_becomes("merge_moves", m.finish(m.b.transpose(m.b.transpose(m.inner(), {1, 2, 0}), {2, 0, 1})),
                 {"binary", "binary"});
}

/// Heads and batch in one dimension, as a tracer writes torch's view(batch * heads, seq, head_dim).
TEST(PassesMergeMoves, HeadsThatWereOneWithTheBatch) {
  Net n;
  const ValueId split = n.b.transpose(n.b.reshape(n.inner(), {kBatch, kSeq, 2, 3}), {0, 2, 1, 3});
  const ValueId one = n.b.reshape(split, {kBatch * Dim(2), kSeq, 3});
  const ValueId back = n.b.transpose(n.b.reshape(n.b.transpose(one, {0, 2, 1}), {kBatch, 2, 3, kSeq}), {0, 3, 1, 2});
  ir::Network network = n.finish(n.b.reshape(back, {kBatch, kSeq, 6}));
  const ir::Network before = network;
  run_pass("merge_moves", network);
  EXPECT_EQ(kinds_in_order(network), (std::vector<std::string>{"binary", "binary"}));
  expect_equal(before, network);
}

TEST(PassesMergeMoves, LeaveOtherOrders) {
  Net n;  // rows of the reshape are no order of x's dimensions
  expect_refuses("merge_moves", n.finish(n.b.reshape(n.b.transpose(n.inner(), {0, 2, 1}), {kBatch, kSeq, 6})));
}

}  // namespace
}  // namespace lathe::passes::testing
