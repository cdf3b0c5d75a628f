// Padding::exact: tokens are packed where no output can show the difference, and the report says why not elsewhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/attention.h"
#include "ops/sequence_pool.h"
#include "passes/mask.h"
#include "tests/passes/pass_testing.h"
#include "tests/support/tensors.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Exact {
  NetworkBuilder b;
  ValueId mask = b.input("kept", {kBatch, kSeq}, DType::i32);
  ValueId x = b.input("x", {kBatch, kSeq, 6});
  std::vector<std::string> reports;

  ValueId attend(ValueId y) {
    return b.add(ops::Attention{.heads = 2, .scale = 0.5, .mask = ops::AttentionMask::keys}, {y, y, y, mask});
  }
  /// Whether tokens were packed, and whatever the mask holds: the results are the same.
  bool packs(std::string_view pass = "pack_tokens") {
    ir::Network after = b.network;
    run_pass(pass, after, &reports, Padding::exact);
    test::Random random(9);
    for (const std::vector<double>& kept : {std::vector<double>{1, 1, 0, 1}, {0, 0, 0, 0}, {2, -1, 0, 7}, {1, 1, 1, 1}})
      expect_equal(b.network, after,
                   {{"x", random.normal_tensor("x", DType::f32, {2, 2, 6})},
                    {"kept", test::make_tensor("kept", DType::i32, {2, 2}, kept)}});
    return count(after, "pack_index") > 0;
  }
};

TEST(PassesExactPadding, PooledOutputsShowNoHiddenRow) {
  Exact e;
  e.b.output("pooled", e.b.add(ops::SequencePool{ops::PoolMode::mean}, {e.attend(e.b.product(e.x, e.x)), e.mask}));
  EXPECT_TRUE(e.packs());
}

TEST(PassesExactPadding, AnOutputShowsItsHiddenRows) {
  Exact e;
  e.b.output("hidden", e.attend(e.x));
  EXPECT_FALSE(e.packs());
  EXPECT_THAT(e.reports,
              ElementsAre(AllOf(HasSubstr("stays padded"), HasSubstr("output hidden shows its hidden rows"))));
}

TEST(PassesExactPadding, AProductWithAMaskOfAnyNumbersIsOne) {
  Exact e;
  e.b.output("y", e.b.masked(e.attend(e.x), e.mask));
  EXPECT_FALSE(e.packs());
  EXPECT_THAT(e.reports, ElementsAre(HasSubstr("reads its hidden rows")));
}

TEST(PassesExactPadding, AProductWithABoolMakesZeros) {
  Exact e;
  e.b.output("y", e.b.masked(e.attend(e.x), e.b.cast(e.mask, DType::boolean)));
  EXPECT_TRUE(e.packs());
}

/// (1 - mask) * lowest is what the op attention means by its mask only where the mask is 0 or 1 and keeps something.
TEST(PassesExactPadding, AnAddedMaskStaysABias) {
  Exact e;
  e.b.output("y", e.b.self_attention(e.x, e.b.additive_mask(e.mask, -1e37), 2));
  EXPECT_FALSE(e.packs("fuse_attention"));
  EXPECT_THAT(e.reports, ElementsAre(HasSubstr("became attention(2 heads, mask: none, bias)")));
}

TEST(PassesExactPadding, CastsThatMakeZerosAreNoDetour) {
  NetworkBuilder b;
  const ValueId real = b.input("real", {kBatch, kSeq}), wide = b.input("wide", {kBatch, kSeq}, DType::i64);
  EXPECT_EQ(without_casts(b.network, b.cast(real, DType::i32)), real);
  EXPECT_NE(without_casts(b.network, b.cast(real, DType::i32), true), real) << "0.5 becomes 0";
  EXPECT_NE(without_casts(b.network, b.cast(wide, DType::i32), true), wide) << "2^32 becomes 0";
  EXPECT_EQ(without_casts(b.network, b.cast(wide, DType::f32), true), wide);
  EXPECT_EQ(without_casts(b.network, b.cast(real, DType::boolean), true), real);
  EXPECT_TRUE(is_zero_or_one(b.network, b.cast(b.cast(real, DType::boolean))));
  EXPECT_FALSE(is_zero_or_one(b.network, b.cast(wide)));
}

}  // namespace
}  // namespace lathe::passes::testing
