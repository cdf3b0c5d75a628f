#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/attention.h"
#include "ops/binary.h"
#include "ops/compare.h"
#include "ops/expand.h"
#include "ops/matmul.h"
#include "ops/range.h"
#include "ops/reduce.h"
#include "ops/softmax.h"
#include "ops/unary.h"
#include "ops/where.h"
#include "tests/passes/pass_testing.h"
#include "tests/support/tensors.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;

/// Two heads of 3 on [batch, seq, 6]; tests replace a part of the spelling.
struct Spelling {
  NetworkBuilder b;
  ValueId q = b.input("q", {kBatch, kSeq, 6}), k = b.input("k", {kBatch, kSeq, 6}), v = b.input("v", {kBatch, kSeq, 6});
  ValueId mask = b.input("mask", {kBatch, kSeq}, DType::i32);
  double scale = 1 / std::sqrt(3.0);

  ValueId split(ValueId x) { return b.split_heads(x, 2); }
  ValueId scores() { return b.add(ops::MatMul{.transpose_b = true}, {split(q), split(k)}); }
  ValueId scaled() { return b.product(scores(), b.number(scale)); }
  ValueId context(ValueId masked, int64_t axis = -1) {
    return b.add(ops::MatMul{}, {b.add(ops::Softmax{axis}, {masked}), split(v)});
  }
  /// Rows without any key are all the same to softmax but not to attention: they are hidden at the end.
  ir::Network finish(ValueId y) {
    b.output("y", b.masked(b.merge_heads(y), mask));
    return b.network;
  }
};

const ops::Attention* attention_of(const ir::Network& network) {
  for (ir::NodeId id : network.nodes())
    if (const auto* op = network.node(id).op.as<ops::Attention>()) return op;
  return nullptr;
}

void expect_attention(const ir::Network& before) {
  ir::Network after = before;
  EXPECT_EQ(run_pass("fuse_attention", after), 1);
  const ops::Attention* op = attention_of(after);
  ASSERT_NE(op, nullptr);
  EXPECT_EQ(op->heads, 2);
  EXPECT_NEAR(op->scale, 1 / std::sqrt(3.0), 1e-6);
  EXPECT_EQ(op->mask, ops::AttentionMask::keys);
  EXPECT_EQ(count(after, "softmax"), 0u);
  EXPECT_EQ(count(after, "transpose"), 0u);
  expect_equal(before, after);
}

TEST(PassesFuseAttention, MatchesTheExportersSpelling) {
  Spelling s;
  expect_attention(
      s.finish(s.context(s.b.sum(s.b.quotient(s.scores(), s.b.number(std::sqrt(3.0))), s.b.additive_mask(s.mask)))));
}

TEST(PassesFuseAttention, MatchesOtherPlacesOfTheScale) {
  {
    Spelling s;  // on q, after the split
    ValueId q = s.b.product(s.split(s.q), s.b.number(s.scale));
    ValueId scores = s.b.add(ops::MatMul{.transpose_b = true}, {q, s.split(s.k)});
    expect_attention(s.finish(s.context(s.b.sum(s.b.additive_mask(s.mask), scores))));
  }
  {
    Spelling s;  // the root on q and on k, which is transposed to [.., head_dim, seq]
    ValueId root = s.b.number(std::sqrt(s.scale));
    ValueId k = s.b.transpose(s.b.reshape(s.k, {kBatch, kSeq, 2, 3}), {0, 2, 3, 1});
    ValueId scores = s.b.add(ops::MatMul{}, {s.b.product(s.split(s.q), root), s.b.product(root, k)});
    expect_attention(s.finish(s.context(s.b.sum(scores, s.b.additive_mask(s.mask)), 3)));
  }
}

TEST(PassesFuseAttention, TracesMasks) {
  {
    Spelling s;  // (1 - m) * -10000
    expect_attention(s.finish(s.context(s.b.sum(s.scaled(), s.b.additive_mask(s.mask, -10000)))));
  }
  {
    Spelling s;  // (m - 1) * 1e9, reshaped first
    ValueId m = s.b.cast(s.b.reshape(s.mask, {kBatch, 1, 1, kSeq}));
    ValueId additive = s.b.product(s.b.difference(m, s.b.number(1)), s.b.number(1e9));
    expect_attention(s.finish(s.context(s.b.sum(s.scaled(), additive))));
  }
  {
    Spelling s;  // the mask first, ending in its factor, which is not the scores'
    ValueId m = s.b.cast(s.b.reshape(s.mask, {kBatch, 1, 1, kSeq}));
    ValueId additive = s.b.product(s.b.difference(m, s.b.number(1)), s.b.number(1e9));
    expect_attention(s.finish(s.context(s.b.sum(additive, s.scaled()))));
  }
  {
    Spelling s;  // m * 1e9 - 1e9
    ValueId m = s.b.cast(s.b.reshape(s.mask, {kBatch, 1, 1, kSeq}));
    ValueId additive = s.b.difference(s.b.product(m, s.b.number(1e9)), s.b.number(1e9));
    expect_attention(s.finish(s.context(s.b.sum(s.scaled(), additive))));
  }
  {
    Spelling s;  // -(1 - m) / 1e-9
    ValueId m = s.b.cast(s.b.reshape(s.mask, {kBatch, 1, 1, kSeq}));
    ValueId hidden = s.b.add(ops::Unary{ops::UnaryKind::neg}, {s.b.difference(s.b.number(1), m)});
    expect_attention(s.finish(s.context(s.b.sum(s.scaled(), s.b.quotient(hidden, s.b.number(1e-9))))));
  }
}

/// Keys before the length of their text, which is counted: two layers read one mask of tokens, which packs them.
TEST(PassesFuseAttention, ALengthIsAMask) {
  Spelling s;
  const ValueId lengths = s.b.add(ops::Reduce{ops::ReduceKind::sum, {1}, true}, {s.mask});
  const ValueId places = s.b.reshape(s.b.add(ops::Range{.limit = kSeq}, {}), {1, 1, 1, kSeq});
  const ValueId seen = s.b.add(ops::Compare{ops::CompareKind::less},
                               {s.b.cast(places, DType::i32), s.b.reshape(lengths, {kBatch, 1, 1, 1})});
  const ValueId additive = s.b.add(ops::Where{}, {seen, s.b.number(0), s.b.number(-3e38)});
  const ValueId once = s.b.merge_heads(s.context(s.b.sum(s.scaled(), additive)));
  s.q = s.k = s.v = once;
  ir::Network network = s.finish(s.context(s.b.sum(s.scaled(), additive)));
  EXPECT_EQ(run_pass("fuse_attention", network), 2);
  std::vector<ValueId> masks;
  for (ir::NodeId id : network.nodes())
    if (network.node(id).op.is<ops::Attention>()) masks.push_back(network.node(id).inputs.at(3));
  ASSERT_EQ(masks.size(), 2u);
  EXPECT_EQ(masks[0], masks[1]);
  EXPECT_EQ(network.value(masks[0]).type, (ops::TensorType{DType::boolean, {kBatch, kSeq}}));
}

/// A bias that is the same for all texts is not made as large as all of them.
TEST(PassesFuseAttention, ABiasIsReadBeforeItIsExpanded) {
  Spelling s;
  const ValueId bias = s.b.input("bias", {1, 2, kSeq, kSeq});
  const ValueId expanded = s.b.add(ops::Expand{{kBatch, Dim(2), kSeq, kSeq}}, {bias});
  ir::Network network = s.finish(s.context(s.b.sum(s.b.sum(s.scaled(), expanded), s.b.additive_mask(s.mask))));
  EXPECT_EQ(run_pass("fuse_attention", network), 1);
  EXPECT_EQ(count(network, "expand"), 0u);
}

TEST(PassesFuseAttention, MatchesWithoutMask) {
  Spelling s;
  s.b.output("y", s.b.merge_heads(s.context(s.scaled())));
  ir::Network after = s.b.network;
  EXPECT_EQ(run_pass("fuse_attention", after), 1);
  EXPECT_EQ(attention_of(after)->mask, ops::AttentionMask::none);
  expect_equal(s.b.network, after);
}

TEST(PassesFuseAttention, WhatIsNoMaskIsABias) {
  auto biased = [](const ir::Network& before) {
    ir::Network after = before;
    EXPECT_EQ(run_pass("fuse_attention", after), 1);
    const ops::Attention* op = attention_of(after);
    ASSERT_NE(op, nullptr);
    EXPECT_TRUE(op->bias);
    EXPECT_EQ(op->mask, ops::AttentionMask::none);
    expect_equal(before, after);
  };
  {
    Spelling s;  // a mask that hides too little
    biased(s.finish(s.context(s.b.sum(s.scaled(), s.b.additive_mask(s.mask, -5)))));
  }
  {
    Spelling s;  // a mask that shows the hidden keys
    ValueId m = s.b.cast(s.b.reshape(s.mask, {kBatch, 1, 1, kSeq}));
    biased(s.finish(s.context(s.b.sum(s.scaled(), s.b.product(m, s.b.number(-100))))));
  }
  {
    Spelling s;  // a bias that is no mask
    biased(s.finish(s.context(s.b.sum(s.scaled(), s.b.input("bias", {kBatch, 2, kSeq, kSeq})))));
  }
  {
    Spelling s;  // two of them, one the same for all texts
    ValueId position = s.b.input("position", {1, 2, kSeq, kSeq});
    biased(s.finish(s.context(s.b.sum(s.b.sum(s.scaled(), position), s.b.input("bias", {kBatch, 2, kSeq, kSeq})))));
  }
}

TEST(PassesFuseAttention, RowsThatGetZerosAreExact) {
  // -inf hides, and the NaN weights of rows without keys become zeros: attention is the same for all masks.
  const auto fused = [](double hidden) {
    Spelling s;
    const ValueId kept = s.b.cast(s.b.reshape(s.mask, {kBatch, 1, 1, kSeq}), DType::boolean);
    const ValueId additive = s.b.add(ops::Where{}, {kept, s.b.number(0), s.b.number(hidden)});
    const ValueId weights = s.b.add(ops::Softmax{-1}, {s.b.sum(s.scaled(), additive)});
    const ValueId nan = s.b.add(ops::Unary{ops::UnaryKind::is_nan}, {weights});
    const ValueId safe = s.b.add(ops::Where{}, {nan, s.b.number(0), weights});
    s.b.output("y", s.b.merge_heads(s.b.add(ops::MatMul{}, {safe, s.split(s.v)})));
    ir::Network after = s.b.network;
    EXPECT_EQ(run_pass("fuse_attention", after, nullptr, Padding::exact), 1);
    expect_equal(s.b.network, after);
    return attention_of(after)->mask;
  };
  EXPECT_EQ(fused(-std::numeric_limits<double>::infinity()), ops::AttentionMask::keys);
  EXPECT_EQ(fused(-3.4028234663852886e38), ops::AttentionMask::none);
}

/// Keys behind a query are hidden by `low`: [1, 1, seq, seq].
ValueId causal(NetworkBuilder& b, double low) {
  const ValueId places = b.add(ops::Range{.limit = kSeq}, {});
  const ValueId seen = b.add(ops::Compare{ops::CompareKind::less_equal},
                             {b.reshape(places, {1, 1, 1, kSeq}), b.reshape(places, {1, 1, kSeq, 1})});
  return b.add(ops::Where{}, {seen, b.number(0), b.number(low)});
}

/// Where padding is not to be dropped: whatever the masks and scores are, results stay what they were.
ops::Attention expect_exact(Spelling& s, ValueId masked, double size = 1) {
  s.b.output("y", s.b.merge_heads(s.context(masked)));
  ir::Network after = s.b.network;
  EXPECT_EQ(run_pass("fuse_attention", after, nullptr, Padding::exact), 1);
  test::Random random(3);
  NamedTensors given = {{"mask", test::make_tensor("mask", DType::i32, {2, 4}, {0, 0, 1, 1, 0, 0, 0, 0})}};
  for (const char* name : {"q", "k", "v"}) given[name] = random.normal_tensor(name, DType::f32, {2, 4, 6}, 0, size);
  std::erase_if(given, [&](const auto& tensor) {
    return std::none_of(s.b.network.inputs.begin(), s.b.network.inputs.end(),
                        [&](const ir::Input& input) { return s.b.network.value(input.value).name == tensor.first; });
  });
  expect_equal(s.b.network, after, given, 1e-3);  // as far as F32 tells beside -10000
  return *attention_of(after);
}

TEST(PassesFuseAttention, ExactlyByPlaces) {
  for (double low : {-3e38, -10000.0}) {
    Spelling s;
    const ops::Attention op = expect_exact(s, s.b.sum(s.scaled(), causal(s.b, low)), 100);
    EXPECT_EQ(op.causal, low < -10000) << "scores outweigh -10000";
    EXPECT_EQ(op.bias, !op.causal);
  }
}

TEST(PassesFuseAttention, ExactlyByPlacesAndTokens) {
  for (double low : {-3e38, -10000.0})
    for (bool tokens_first : {false, true}) {
      Spelling s;
      const ValueId places = causal(s.b, low), tokens = s.b.additive_mask(s.mask, low);
      const ValueId first = s.b.sum(s.scaled(), tokens_first ? tokens : places);
      const ops::Attention op = expect_exact(s, s.b.sum(first, tokens_first ? places : tokens));
      EXPECT_FALSE(op.causal) << "a row may keep no key";
      EXPECT_TRUE(op.bias);
    }
}

TEST(PassesFuseAttention, ABiasOfDoublesIsOneOfDoubles) {
  NetworkBuilder b;
  const ValueId x = b.input("x", {kBatch, kSeq, 6}, DType::f64), mask = b.input("mask", {kBatch, kSeq}, DType::i32);
  const auto constant = [&](double value) { return b.constant(test::full("c", DType::f64, {}, value)); };
  const ValueId kept = b.cast(b.reshape(mask, {kBatch, 1, 1, kSeq}), DType::boolean);
  const ValueId hidden = b.add(ops::Where{}, {kept, constant(0), constant(-1e300)});
  const ValueId heads = b.split_heads(x, 2);
  const ValueId bias = b.input("bias", {1, 1, kSeq, kSeq}, DType::f64);
  const ValueId scores = b.sum(b.sum(b.add(ops::MatMul{.transpose_b = true}, {heads, heads}), hidden), bias);
  b.output("y", b.merge_heads(b.add(ops::MatMul{}, {b.add(ops::Softmax{-1}, {scores}), heads})));
  ir::Network after = b.network;
  EXPECT_EQ(run_pass("fuse_attention", after, nullptr, Padding::exact), 1);
  expect_equal(b.network, after, random_inputs(b.network), 1e-13);
}

TEST(PassesFuseAttention, RefusesOtherComputations) {
  auto refused = [](ir::Network network) {
    EXPECT_EQ(run_pass("fuse_attention", network), 0);
    EXPECT_EQ(count(network, "attention"), 0u);
  };
  {
    Spelling s;  // softmax over the queries
    refused(s.finish(s.context(s.scaled(), 2)));
  }
  {
    Spelling s;  // weights that are shown
    ValueId y = s.context(s.scaled());
    s.b.output("probabilities", s.b.network.producer(y)->inputs[0]);
    refused(s.finish(y));
  }
  {
    Spelling s;  // k with other heads
    ValueId k = s.b.reshape(s.k, {kBatch, 2, kSeq, 3});
    refused(
        s.finish(s.context(s.b.product(s.b.add(ops::MatMul{.transpose_b = true}, {s.split(s.q), k}), s.b.number(1)))));
  }
  {
    Spelling s;  // heads merged in another order
    ValueId y = s.context(s.scaled());
    s.b.output("y", s.b.reshape(y, {kBatch, kSeq, 6}));
    refused(s.b.network);
  }
}

}  // namespace
}  // namespace lathe::passes::testing
