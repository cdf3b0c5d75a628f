#include <gtest/gtest.h>

#include "ops/attention.h"
#include "ops/binary.h"
#include "ops/compare.h"
#include "ops/expand.h"
#include "ops/gather_elements.h"
#include "ops/matmul.h"
#include "ops/softmax.h"
#include "ops/unary.h"
#include "ops/where.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;

/// Two heads of 3 on [batch, seq, 6] in products of one batch dimension, as torch.bmm has them.
struct Merged {
  NetworkBuilder b;
  const Dim both = kBatch * Dim(2);
  ValueId mask = b.input("mask", {kBatch, kSeq}, DType::i32);

  ValueId part(const std::string& name) {
    return b.reshape(b.split_heads(b.input(name, {kBatch, kSeq, 6}), 2), {both, kSeq, 3});
  }
  ValueId product(ValueId x, ValueId y) { return b.add(ops::MatMul{}, {x, y}); }
  ValueId turned(ValueId x) { return b.transpose(x, {0, 2, 1}); }
  ValueId heads(ValueId x, const Dim& last) { return b.reshape(x, {kBatch, 2, kSeq, last}); }
  void finish(ValueId scores, ValueId v) {
    const ValueId weights = b.add(ops::Softmax{-1}, {scores});
    const ValueId y = heads(product(b.reshape(weights, {both, kSeq, kSeq}), v), 3);
    b.output("y", b.masked(b.merge_heads(y), mask));
  }
};

const ops::Attention* fused(ir::Network& network) {
  EXPECT_GT(run_pass("split_batches", network), 0);
  run_pass("fold_constants", network);
  run_pass("merge_moves", network);
  EXPECT_EQ(run_pass("fuse_attention", network), 1);
  for (ir::NodeId id : network.nodes())
    if (const auto* op = network.node(id).op.as<ops::Attention>()) return op;
  return nullptr;
}

TEST(PassesSplitBatches, HeadsOfMergedProducts) {
  Merged m;
  const ValueId q = m.part("q"), k = m.part("k"), v = m.part("v");
  const ValueId scores = m.product(q, m.b.quotient(m.turned(k), m.b.number(1.5)));
  m.finish(m.b.sum(m.heads(scores, kSeq), m.b.additive_mask(m.mask)), v);
  ir::Network after = m.b.network;
  const ops::Attention* op = fused(after);
  ASSERT_NE(op, nullptr);
  EXPECT_EQ(op->mask, ops::AttentionMask::keys);
  EXPECT_EQ(count(after, "matmul"), 0u);
  expect_equal(m.b.network, after);
}

TEST(PassesSplitBatches, ScoresOfRelativePositionsAreABias) {
  // DeBERTa: what queries say to positions is added to the scores; a condition of both tokens hides.
  Merged m;
  const ValueId q = m.part("q"), k = m.part("k"), v = m.part("v");
  const ValueId positions = m.b.reshape(m.b.input("p", {kBatch, 2, 10, 3}), {m.both, 10, 3});
  const ValueId index = m.b.add(ops::Expand{{m.both, kSeq, kSeq}}, {m.b.input("at", {1, kSeq, kSeq}, DType::i32)});
  const ValueId said = m.b.add(ops::GatherElements{2}, {m.product(q, m.turned(positions)), index});
  const ValueId heard = m.turned(m.b.add(ops::GatherElements{-1}, {m.product(k, m.turned(positions)), index}));
  const ValueId bias = m.b.sum(m.b.quotient(said, m.b.number(3)), m.b.quotient(heard, m.b.number(3)));
  const ValueId scores = m.heads(m.b.sum(m.product(q, m.b.quotient(m.turned(k), m.b.number(3))), bias), kSeq);
  const ValueId both =
      m.b.product(m.b.reshape(m.mask, {kBatch, 1, 1, kSeq}), m.b.reshape(m.mask, {kBatch, 1, kSeq, 1}));
  const ValueId gone = m.b.add(ops::Unary{ops::UnaryKind::not_}, {m.b.cast(both, DType::boolean)});
  m.finish(m.b.add(ops::Where{}, {gone, m.b.number(-3.4028234663852886e38), scores}), v);
  ir::Network after = m.b.network;
  const ops::Attention* op = fused(after);
  ASSERT_NE(op, nullptr);
  EXPECT_EQ(op->mask, ops::AttentionMask::keys);
  EXPECT_TRUE(op->bias);
  EXPECT_EQ(count(after, "softmax"), 0u);
  expect_equal(m.b.network, after);
  // Where padding counts, rows of hidden tokens have equal weights: a bias says so.
  ir::Network exact = m.b.network;
  EXPECT_GT(run_pass("split_batches", exact), 0);
  run_pass("merge_moves", exact);
  EXPECT_EQ(run_pass("fuse_attention", exact, nullptr, Padding::exact), 1);
  expect_equal(m.b.network, exact);
}

TEST(PassesSplitBatches, LeavesOtherNetworks) {
  {
    Merged m;  // no product of two merged values
    m.b.output("y", m.b.sum(m.part("q"), m.part("k")));
    expect_refuses("split_batches", m.b.network);
  }
  {
    Merged m;  // a softmax over what is merged ends it
    const ValueId scores = m.product(m.part("q"), m.turned(m.part("k")));
    m.b.output("y", m.b.add(ops::Softmax{0}, {scores}));
    ir::Network after = m.b.network;
    EXPECT_GT(run_pass("split_batches", after), 0);
    expect_equal(m.b.network, after);
  }
}

}  // namespace
}  // namespace lathe::passes::testing
