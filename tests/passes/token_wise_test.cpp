// Forms on rows: [batch, seq, ..] -> [tokens, ..].
#include "passes/token_wise.h"

#include "ops/concat.h"
#include "ops/gather.h"
#include "ops/layer_norm.h"
#include "ops/linear.h"
#include "ops/matmul.h"
#include "ops/reduce.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/softmax.h"
#include "ops/transpose.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;
using List = std::vector<Operand>;

struct RowForms : ::testing::Test {
  NetworkBuilder b;
  const std::vector<Dim> lead = {kBatch, kSeq};
  const Dim tokens = Dim::symbol("tokens");
  ValueId x = b.input("x", {kBatch, kSeq, 6}), heads = b.input("heads", {kBatch, kSeq, 2, 3});

  std::optional<RowForm> form(ValueId value) {
    return row_form(b.network, b.network.node(b.network.value(value).producer), lead, tokens);
  }
  void expect_operands(ValueId value, const List& operands) {
    const auto found = form(value);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->operands, operands);
  }
  void expect_op(ValueId value, const ops::Op& op) {
    const auto found = form(value);
    ASSERT_TRUE(found.has_value());
    EXPECT_TRUE(found->op == op) << found->op.name();
  }
};

TEST_F(RowForms, OperandsThatHoldRows) {
  constexpr Operand rows = Operand::rows, shared = Operand::shared, squeezed = Operand::squeezed;
  const ValueId ids = b.input("ids", {kBatch, kSeq}, DType::i32);
  expect_operands(b.sqrt(x), {rows});
  expect_operands(b.product(x, x), {rows, rows});
  expect_operands(b.sum(x, b.weight("row", {6})), {rows, shared});
  expect_operands(b.sum(b.number(1), x), {shared, rows});
  expect_operands(b.product(b.weight("ones_before", {1, 1, 6}), x), {squeezed, rows});
  expect_operands(b.add(ops::Gather{0}, {b.weight("table", {9, 6}), ids}), {shared, rows});
  expect_operands(b.add(ops::MatMul{}, {x, b.weight("w", {6, 4})}), {rows, shared});
}

TEST_F(RowForms, EveryResidualOfAProductHasRows) {
  constexpr Operand rows = Operand::rows, shared = Operand::shared;
  ops::Linear op;
  parse("bias+residual+gelu+residual", op.epilogue);
  const ValueId y = b.input("y", {kBatch, kSeq, 6});
  expect_operands(b.add(op, {x, b.weight("w", {6, 6}), b.weight("bias", {6}), y, y}),
                  {rows, shared, shared, rows, rows});
  EXPECT_FALSE(
      form(b.add(ops::LayerNorm{}, {b.input("flat", {kBatch, kSeq}), b.input("g", {kSeq}), b.input("h", {kSeq})})))
      << "the last dimension is a row's content";
}

TEST_F(RowForms, AxesAndShapesOfRows) {
  expect_op(b.reshape(x, {kBatch, kSeq, 2, 3}), ops::Reshape{{tokens, 2, 3}});
  expect_op(b.transpose(heads, {0, 1, 3, 2}), ops::Transpose{{0, 2, 1}});
  expect_op(b.add(ops::Softmax{2}, {heads}), ops::Softmax{-2});
  expect_op(b.add(ops::Concat{2}, {x, x}), ops::Concat{-1});
  expect_op(b.add(ops::Reduce{ops::ReduceKind::sum, {2}, false}, {heads}),
            ops::Reduce{ops::ReduceKind::sum, {-2}, false});
  expect_op(b.add(ops::Slice{{0, 0, 1}, {kBatch, kSeq, 2}, {1, 1, 2}}, {x}), ops::Slice{{0, 1}, {tokens, 2}, {1, 2}});
}

TEST_F(RowForms, WhatMixesRowsHasNone) {
  const ValueId square = b.input("square", {kBatch, kSeq, kSeq});
  EXPECT_FALSE(form(b.sum(x, b.input("of_a_place", {1, kSeq, 6}))));
  EXPECT_FALSE(form(b.sum(x, b.input("of_a_text", {kBatch, 1, 6}))));
  EXPECT_FALSE(form(b.add(ops::Softmax{1}, {x})));
  EXPECT_FALSE(form(b.add(ops::Softmax{-3}, {x})));
  EXPECT_FALSE(form(b.add(ops::MatMul{}, {square, x}))) << "each row reads all rows of x";
  EXPECT_FALSE(form(b.transpose(square, {0, 2, 1}))) << "the shape is the same, the rows are not";
  EXPECT_FALSE(form(b.add(ops::Reduce{ops::ReduceKind::sum, {1}, false}, {x})));
  EXPECT_FALSE(form(b.transpose(heads, {0, 2, 1, 3})));
  EXPECT_FALSE(form(b.add(ops::Concat{0}, {x, x})));
}

}  // namespace
}  // namespace lathe::passes::testing
