// Position 0, and outputs, of networks with several masks of tokens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/attention.h"
#include "ops/sequence_pool.h"
#include "ops/slice.h"
#include "ops/unary.h"
#include "passes/row_masks.h"
#include "tests/passes/pass_testing.h"
#include "tests/support/tensors.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;
using ::testing::Contains;
using ::testing::HasSubstr;

/// Two texts [batch, seq, 6], each under a mask of its own.
struct Towers {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, kSeq, 6}), y = b.input("y", {kBatch, kSeq, 6});
  ValueId mask_x = b.input("mask_x", {kBatch, kSeq}, DType::i32),
          mask_y = b.input("mask_y", {kBatch, kSeq}, DType::i32);

  ValueId attend(ValueId v, ValueId mask) {
    return b.add(ops::Attention{.heads = 2, .scale = 0.5, .mask = ops::AttentionMask::keys}, {v, v, v, mask});
  }
  ValueId first(ValueId v, const std::vector<Dim>& start = {0, 0, 0}) {
    return b.reshape(b.add(ops::Slice{start, {kBatch, Dim(1), Dim(6)}, {}}, {v}), {kBatch, 6});
  }
  ValueId wave(ValueId v) { return b.add(ops::Unary{ops::UnaryKind::sin}, {v}); }
  /// With some rows of two texts hidden, those of y elsewhere.
  NamedTensors inputs() const {
    test::Random random(5);
    return {{"x", random.normal_tensor("x", DType::f32, {2, 3, 6})},
            {"y", random.normal_tensor("y", DType::f32, {2, 3, 6})},
            {"mask_x", test::make_tensor("mask_x", DType::i32, {2, 3}, {0, 1, 1, 1, 1, 0})},
            {"mask_y", test::make_tensor("mask_y", DType::i32, {2, 3}, {1, 1, 1, 0, 1, 1})}};
  }
};

TEST(PassesRowMasks, AreOfWhatMakesRowsElseOfWhatReadsThem) {
  Towers t;
  const ValueId before = t.wave(t.x), made = t.attend(before, t.b.cast(t.mask_x)), after = t.wave(made);
  const ValueId beside = t.wave(before), other = t.attend(t.y, t.mask_y), both = t.b.sum(after, other);
  const ValueId again = t.attend(after, t.mask_y), shared = t.wave(other);
  t.attend(shared, t.mask_x);
  const ValueId none = t.wave(t.b.input("u", {kBatch, kSeq, 6})), factor = t.b.input("z", {kBatch, kSeq, 6});
  const ValueId product = t.wave(t.b.masked(factor, t.mask_y));
  const RowMasks masks(t.b.network, Padding::dropped);
  EXPECT_EQ(masks.maker(before), ir::kNone);
  EXPECT_EQ(masks.of(t.x), t.mask_x);
  EXPECT_EQ(masks.of(before), t.mask_x);
  EXPECT_EQ(masks.of(beside), t.mask_x);
  EXPECT_EQ(masks.maker(after), t.mask_x);
  EXPECT_EQ(masks.of(both), ir::kNone) << "rows of both";
  EXPECT_EQ(masks.maker(again), t.mask_y);
  EXPECT_EQ(masks.of(shared), t.mask_y);
  EXPECT_EQ(masks.of(none), ir::kNone);
  EXPECT_EQ(masks.of(factor), t.mask_y);
  EXPECT_EQ(masks.maker(product), t.mask_y);
  EXPECT_EQ(masks.of(static_cast<ValueId>(t.b.network.value_count())), ir::kNone);
}

TEST(PassesFirstTokens, EachUnderTheMaskThatMadeIt) {
  Towers t;
  t.b.output("of_x", t.first(t.wave(t.attend(t.x, t.mask_x))));
  t.b.output("of_y", t.first(t.wave(t.attend(t.wave(t.y), t.mask_y))));
  ir::Network after = t.b.network;
  EXPECT_EQ(run_pass("first_tokens", after), 2);
  EXPECT_EQ(count(after, "slice"), 0u);
  // Where position 0 counts nothing changes; where it is hidden, the first that counts takes its place.
  const NamedTensors before = test::run_network(t.b.network, t.inputs()), found = test::run_network(after, t.inputs());
  const std::pair<const char*, size_t> counts[] = {{"of_x", 1}, {"of_y", 0}};
  for (const auto& [name, text] : counts) {
    const std::vector<double> a = test::to_doubles(before.at(name)), b = test::to_doubles(found.at(name));
    for (size_t i = 0; i < 12; ++i) EXPECT_EQ(a[i] == b[i], i / 6 == text) << name << i;
  }
}

TEST(PassesFirstTokens, LeavesOtherRows) {
  Towers t;
  const ValueId made = t.attend(t.x, t.mask_x);
  t.b.output("of_nobody", t.first(t.y));
  t.b.output("of_readers", t.first(t.x));
  t.b.output("of_both", t.first(t.b.sum(made, t.attend(t.y, t.mask_y))));
  t.b.output("second", t.first(made, {0, 1, 0}));
  expect_refuses("first_tokens", t.b.network);
  Towers exact;
  exact.b.output("first", exact.first(exact.attend(exact.x, exact.mask_x)));
  EXPECT_EQ(run_pass("first_tokens", exact.b.network, nullptr, Padding::exact), 0);
}

/// Outputs of the second text keep the rows that its own mask keeps.
TEST(PassesPackTokens, OutputsOfAnotherMaskStayPadded) {
  Towers t;
  t.b.output("of_x", t.wave(t.attend(t.x, t.mask_x)));
  t.b.output("of_y", t.wave(t.attend(t.wave(t.y), t.mask_y)));
  t.b.output("of_nobody", t.wave(t.b.input("z", {kBatch, kSeq, 6})));
  ir::Network after = t.b.network;
  std::vector<std::string> reports;
  EXPECT_GT(run_pass("pack_tokens", after, &reports), 0);
  NamedTensors given = t.inputs();
  given["z"] = test::Random(6).normal_tensor("z", DType::f32, {2, 3, 6});
  const NamedTensors before = test::run_network(t.b.network, given), found = test::run_network(after, given);
  for (const char* name : {"of_y", "of_nobody"}) EXPECT_EQ(test::norm_error(found.at(name), before.at(name)), 0);
  const std::vector<double> a = test::to_doubles(before.at("of_x")), b = test::to_doubles(found.at("of_x"));
  for (size_t i = 0; i < 36; ++i) EXPECT_EQ(b[i], i < 6 || i >= 30 ? 0 : a[i]) << i;
}

}  // namespace
}  // namespace lathe::passes::testing
