#include "passes/packing_plan.h"

#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;

TEST(PassesMaskOperand, IsTheMaskOverRows) {
  NetworkBuilder b;
  const ValueId x = b.input("x", {kBatch, kSeq, 6}), scores = b.input("scores", {kBatch, kSeq, kSeq});
  const ValueId mask = b.input("mask", {kBatch, kSeq}, DType::i32),
                other = b.input("other", {kBatch, kSeq}, DType::i32);
  const auto operand = [&](ValueId value) {
    return mask_operand(b.network, b.network.node(b.network.value(value).producer), mask, {kBatch, kSeq});
  };
  const auto over = [&](ValueId m, const std::vector<Dim>& shape) { return b.reshape(b.cast(m), shape); };
  const ValueId rows = over(mask, {kBatch, kSeq, 1});
  EXPECT_EQ(operand(b.product(x, rows)), 1);
  EXPECT_EQ(operand(b.product(rows, x)), 0);
  EXPECT_EQ(operand(b.sum(x, rows)), -1);
  EXPECT_EQ(operand(b.product(x, over(other, {kBatch, kSeq, 1}))), -1);
  EXPECT_EQ(operand(b.product(b.weight("w", {6}), rows)), -1) << "the other operand has no rows";
  EXPECT_EQ(operand(b.product(scores, over(mask, {kBatch, 1, kSeq}))), -1) << "over keys";
}

}  // namespace
}  // namespace lathe::passes::testing
