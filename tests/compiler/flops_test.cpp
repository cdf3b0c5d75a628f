// How much arithmetic steps do, as descriptions of plans say it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ops/attention.h"
#include "ops/if.h"
#include "ops/linear.h"
#include "ops/matmul.h"
#include "ops/unary.h"
#include "plan/description.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {

using ops::TensorType;

const Dim kBatch = Dim::symbol("b"), kSeq = Dim::symbol("s"), kRows = Dim::symbol("t");

TensorType f32(std::vector<Dim> shape) { return {DType::f32, std::move(shape)}; }

TEST(CompilerFlops, OpsSayThem) {
  const auto of = [](const ops::Op& op, const ops::Types& inputs) { return op.flops(inputs).str(); };
  const Dim rows = kBatch * kSeq;
  EXPECT_EQ(of(ops::Linear{}, {f32({kBatch, kSeq, 3}), f32({3, 5})}), (rows * Dim(30)).str());
  EXPECT_EQ(of(ops::Linear{.transposed = true}, {f32({3}), f32({5, 3})}), "30");
  EXPECT_EQ(of(ops::MatMul{}, {f32({kBatch, 1, 2, 3}), f32({4, 3, kSeq})}), (rows * Dim(48)).str());
  EXPECT_EQ(of(ops::MatMul{true, true}, {f32({3, 2}), f32({5, 3})}), "60");
  const TensorType padded = f32({kBatch, kSeq, 8}), packed = f32({kRows, 8});
  EXPECT_EQ(of(ops::Attention{.heads = 2}, {padded, padded, padded}), (rows * kSeq * Dim(32)).str());
  const Dim all = ops::Op(ops::Attention{.heads = 2, .mask = ops::AttentionMask::packed})
                      .flops({packed, packed, packed, {DType::i32, {kBatch + Dim(1)}}});
  const auto value = [](std::string_view symbol) { return symbol == "t" ? 30 : 3; };
  EXPECT_EQ(all.evaluate(value), 4 * 8 * 30 * 10) << "three texts of ten rows";
  EXPECT_EQ(of(ops::Unary{ops::UnaryKind::neg}, {padded}), "0");
}

TEST(CompilerFlops, DescriptionsShowThem) {
  const plan::Plan plan = test::text_plan(
      "network n\n"
      "input %c: bool[]\ninput %x: f32[n, 2]\nconstant %w: f32[2, 3] = [1, 2, 3, 4, 5, 6]\n"
      "%y.out: f32[n, 3] = if(results=[f32[n, 3]]) (%c, %x, %w)\n"
      "block\n  input %x: f32[n, 2]\n  input %w: f32[2, 3]\n"
      "  %p.out: f32[n, 3] = matmul (%x, %w)\n  output y = %p.out\nend\n"
      "block\n  input %x: f32[n, 2]\n  input %w: f32[2, 3]\n"
      "  %q.out: f32[n, 3] = matmul (%x, %w)\n  %m.out: f32[n, 3] = unary(kind=neg) (%q.out)\n"
      "  output y = %m.out\nend\n"
      "output y = %y.out\n");
  const auto json = nlohmann::json::parse(plan::write_description(plan, nullptr, {}));
  const nlohmann::json& choice = json.at("steps").at(0);
  EXPECT_FALSE(choice.contains("flops")) << "its steps say theirs";
  EXPECT_EQ(choice.at("blocks").at(0).at("steps").at(0).at("flops"), "12*n");
}

}  // namespace
}  // namespace lathe
