#include <gtest/gtest.h>

#include "ops/attention.h"
#include "ops/concat.h"
#include "ops/fill.h"
#include "ops/gather.h"
#include "ops/matmul.h"
#include "ops/rotary.h"
#include "ops/slice.h"
#include "ops/softmax.h"
#include "ops/unary.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;

/// Two heads of 4, as exporters spell them; tests replace a part of the spelling.
struct Spelling {
  NetworkBuilder b;
  ValueId cosine = b.input("cosine", {1, kSeq, 4}), sine = b.input("sine", {1, kSeq, 4});

  /// Columns of the last dimension.
  ValueId columns(ValueId x, int64_t first, int64_t count) {
    std::vector<Dim> shape = b.network.value(x).type.shape, start(shape.size(), Dim(0));
    start.back() = Dim(first);
    shape.back() = Dim(count);
    return b.add(ops::Slice{start, shape, {}}, {x});
  }
  ValueId other_half(ValueId x) {
    const ValueId negative = b.add(ops::Unary{ops::UnaryKind::neg}, {columns(x, 2, 2)});
    return b.add(ops::Concat{-1}, {negative, columns(x, 0, 2)});
  }
  ValueId turned(ValueId x, ValueId c, ValueId s) { return b.sum(b.product(x, c), b.product(other_half(x), s)); }
  /// Of heads [batch, 2, seq, 4].
  ValueId turned(ValueId x) {
    const std::vector<Dim> shape = {1, 1, kSeq, 4};
    return turned(x, b.reshape(cosine, shape), b.reshape(sine, shape));
  }
  /// q, k or v [batch, 2, seq, 4] of one product [batch, seq, 3 * 8].
  ValueId part(ValueId qkv, int64_t which) {
    const ValueId apart = b.reshape(qkv, {kBatch, kSeq, 3, 2, 4});
    const ValueId one = b.add(ops::Slice{{0, 0, which, 0, 0}, {kBatch, kSeq, 1, 2, 4}, {}}, {apart});
    return b.transpose(b.reshape(one, {kBatch, kSeq, 2, 4}), {0, 2, 1, 3});
  }
};

const ops::Rotary* rotary_of(const ir::Network& network) {
  for (ir::NodeId id : network.nodes())
    if (const auto* op = network.node(id).op.as<ops::Rotary>()) return op;
  return nullptr;
}

void expect_rotary(const ir::Network& before) {
  ir::Network after = before;
  EXPECT_EQ(run_pass("fuse_rotary", after), 1);
  const ops::Rotary* op = rotary_of(after);
  ASSERT_NE(op, nullptr);
  EXPECT_EQ(op->heads, 2);
  EXPECT_EQ(op->width, 4);
  EXPECT_EQ(count(after, "concat"), 0u);
  expect_equal(before, after);
}

TEST(PassesFuseRotary, HeadsOfRows) {
  Spelling s;
  s.b.output("y", s.turned(s.b.split_heads(s.b.input("x", {kBatch, kSeq, 8}), 2)));
  expect_rotary(s.b.network);
}

TEST(PassesFuseRotary, HeadsOfColumnsOfAProduct) {
  for (int64_t which : {0, 1, 2}) {
    Spelling s;
    s.b.output("y", s.turned(s.part(s.b.input("qkv", {kBatch, kSeq, 24}), which)));
    expect_rotary(s.b.network);
  }
}

TEST(PassesFuseRotary, HeadsPickedByIndex) {
  Spelling s;
  const ValueId apart = s.b.reshape(s.b.input("qkv", {kBatch, kSeq, 24}), {kBatch, kSeq, 3, 2, 4});
  const ValueId first = s.b.transpose(apart, {2, 0, 3, 1, 4});
  const ValueId k = s.b.add(ops::Gather{.axis = 0}, {first, s.b.add(ops::Fill{DType::i64, {}, 1, 0, -1}, {})});
  s.b.output("y", s.turned(k));
  expect_rotary(s.b.network);
}

TEST(PassesFuseRotary, BeforeHeadsGoApart) {
  Spelling s;  // [batch, seq, heads, head_dim], the products in the other order
  const ValueId x = s.b.reshape(s.b.input("x", {kBatch, kSeq, 8}), {kBatch, kSeq, 2, 4});
  const std::vector<Dim> shape = {1, kSeq, 1, 4};
  const ValueId left = s.b.product(s.b.reshape(s.sine, shape), s.other_half(x));
  s.b.output("y", s.b.sum(left, s.b.product(s.b.reshape(s.cosine, shape), x)));
  expect_rotary(s.b.network);
}

TEST(PassesFuseRotary, TablesOfEachSequence) {
  Spelling s;
  const ValueId c = s.b.input("c", {kBatch, 1, kSeq, 4}), n = s.b.input("n", {kBatch, 1, kSeq, 4});
  s.b.output("y", s.turned(s.b.split_heads(s.b.input("x", {kBatch, kSeq, 8}), 2), c, n));
  expect_rotary(s.b.network);
}

TEST(PassesFuseRotary, RefusesOtherComputations) {
  {
    Spelling s;  // halves that do not change places
    const ValueId x = s.b.split_heads(s.b.input("x", {kBatch, kSeq, 8}), 2);
    const ValueId negative = s.b.add(ops::Unary{ops::UnaryKind::neg}, {s.columns(x, 0, 2)});
    const ValueId same = s.b.add(ops::Concat{-1}, {negative, s.columns(x, 2, 2)});
    s.b.output("y", s.b.sum(s.b.product(x, s.b.input("c", {kSeq, 4})), s.b.product(same, s.b.input("n", {kSeq, 4}))));
    expect_refuses("fuse_rotary", s.b.network);
  }
  {
    Spelling s;  // each head has a table of its own
    const ValueId c = s.b.input("c", {1, 2, kSeq, 4}), n = s.b.input("n", {1, 2, kSeq, 4});
    s.b.output("y", s.turned(s.b.split_heads(s.b.input("x", {kBatch, kSeq, 8}), 2), c, n));
    expect_refuses("fuse_rotary", s.b.network);
  }
  {
    Spelling s;  // half of another value
    const ValueId x = s.b.split_heads(s.b.input("x", {kBatch, kSeq, 8}), 2),
                  z = s.b.split_heads(s.b.input("z", {kBatch, kSeq, 8}), 2);
    const ValueId c = s.b.reshape(s.cosine, {1, 1, kSeq, 4}), n = s.b.reshape(s.sine, {1, 1, kSeq, 4});
    s.b.output("y", s.b.sum(s.b.product(x, c), s.b.product(s.other_half(z), n)));
    expect_refuses("fuse_rotary", s.b.network);
  }
  {
    Spelling s;  // no heads of rows
    s.b.output("y", s.turned(s.b.input("x", {kBatch, 2, kSeq, 4})));
    expect_refuses("fuse_rotary", s.b.network);
  }
}

TEST(PassesFuseRotary, AttentionReadsColumnsOfOneProduct) {
  Spelling s;
  const ValueId qkv = s.b.input("qkv", {kBatch, kSeq, 24}), mask = s.b.input("mask", {kBatch, kSeq}, DType::i32);
  const ValueId root = s.b.number(0.5), q = s.b.product(s.turned(s.part(qkv, 0)), root),
                k = s.b.product(s.b.transpose(s.turned(s.part(qkv, 1)), {0, 1, 3, 2}), root);
  const ValueId scores = s.b.sum(s.b.add(ops::MatMul{}, {q, k}), s.b.additive_mask(mask));
  const ValueId y = s.b.add(ops::MatMul{}, {s.b.add(ops::Softmax{-1}, {scores}), s.part(qkv, 2)});
  s.b.output("y", s.b.masked(s.b.merge_heads(y), mask));
  ir::Network after = s.b.network;
  EXPECT_EQ(run_pass("fuse_rotary", after), 2);
  EXPECT_EQ(run_pass("fuse_attention", after), 1);
  EXPECT_EQ(count(after, "transpose"), 0u);
  EXPECT_EQ(count(after, "slice"), 3u);
  EXPECT_EQ(count(after, "rotary"), 2u);
  expect_equal(s.b.network, after);
  EXPECT_EQ(run_pass("pack_tokens", after) > 0, true);
  expect_equal(s.b.network, after);
}

}  // namespace
}  // namespace lathe::passes::testing
