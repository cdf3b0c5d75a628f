// Forms of elements, and the masks of scores that are read off them.
#include "passes/index_form.h"

#include <gtest/gtest.h>

#include <limits>

#include "ops/binary.h"
#include "ops/compare.h"
#include "ops/fill.h"
#include "ops/range.h"
#include "ops/unary.h"
#include "ops/where.h"
#include "passes/mask.h"
#include "tests/passes/pass_testing.h"
#include "tests/support/tensors.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;
using Kind = IndexForm::Kind;

/// What is added to scores [batch, 1, 1, seq], from a mask of whole numbers [batch, seq].
struct Scores {
  NetworkBuilder b;
  DType type;
  ValueId mask;

  explicit Scores(DType of = DType::i64) : type(of), mask(b.input("mask", {kBatch, kSeq}, of)) {}
  ValueId whole(double x) { return b.constant(test::full("whole", type, {}, x)); }
  ValueId apart(ValueId v) { return b.reshape(v, {kBatch, 1, 1, kSeq}); }
  ValueId where(ValueId kept) {
    return b.add(ops::Where{}, {apart(b.cast(kept, DType::boolean)), b.number(0), b.number(-1e38)});
  }
  std::optional<ScoreMask> read(ValueId additive) { return score_mask_of(b.network, additive); }
  /// The mask of keys where those are hidden where `kept` is zero.
  ValueId keys(ValueId kept) {
    const std::optional<ScoreMask> found = read(where(kept));
    return found ? found->keys : ir::kNone;
  }
};

TEST(PassesIndexForm, AMaskInManySpellings) {
  for (DType type : {DType::i64, DType::i32, DType::u8}) {
    Scores s(type);
    EXPECT_EQ(s.keys(s.mask), s.mask);
    EXPECT_EQ(s.keys(s.b.cast(s.b.cast(s.mask))), s.mask);
    EXPECT_EQ(s.keys(s.b.product(s.mask, s.whole(1))), s.mask);
    EXPECT_EQ(s.keys(s.b.difference(s.b.sum(s.mask, s.whole(3)), s.whole(3))), s.mask);
    const ValueId zero = s.b.add(ops::Compare{ops::CompareKind::equal}, {s.mask, s.whole(0)});
    EXPECT_EQ(s.keys(s.b.add(ops::Unary{ops::UnaryKind::not_}, {zero})), s.mask);
    EXPECT_EQ(s.read(s.where(zero)), std::nullopt) << "keys that are not hidden";
  }
  Scores s(DType::i32);
  EXPECT_EQ(s.keys(s.b.cast(s.mask, DType::i64)), s.mask);
}

TEST(PassesIndexForm, OneMinusAMask) {
  Scores s;
  const ValueId hidden = s.b.cast(s.b.difference(s.whole(1), s.mask));
  std::optional<ScoreMask> found = s.read(s.apart(s.b.product(hidden, s.b.number(-1e38))));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->keys, s.mask);
  EXPECT_FALSE(found->of_any_mask);
  EXPECT_FLOAT_EQ(static_cast<float>(found->hidden), -1e38f);
  const ValueId flags = s.b.cast(s.b.cast(s.mask, DType::boolean));
  found = s.read(s.apart(s.b.product(s.b.difference(s.b.number(1), flags), s.b.number(-1e38))));
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->of_any_mask);
  EXPECT_FALSE(s.read(s.apart(s.b.product(hidden, s.b.number(-5))))) << "it hides too little";
}

/// What rounds, truncates or wraps around is a mask of its own: other keys count.
TEST(PassesIndexForm, ArithmeticIsThatOfTheType) {
  Scores s;
  const auto is_its_own = [&](ValueId v) { EXPECT_EQ(s.keys(v), v); };
  is_its_own(s.b.quotient(s.mask, s.whole(2)));
  is_its_own(s.b.product(s.mask, s.whole(2)));
  is_its_own(s.b.cast(s.b.product(s.b.cast(s.mask), s.b.number(0.5)), DType::i64));
  is_its_own(s.b.cast(s.mask, DType::u8));
  is_its_own(s.b.cast(s.mask, DType::u64));
  is_its_own(s.b.cast(s.b.cast(s.mask), DType::i32));
  const ValueId lost = s.b.difference(s.b.sum(s.b.cast(s.mask), s.b.number(1e12)), s.b.number(1e12));
  EXPECT_NE(s.keys(lost), s.mask) << "one beside it is lost in F32";
  EXPECT_NE(s.keys(s.b.product(s.b.cast(s.mask), s.b.number(0))), s.mask);
}

/// Without a closed form, and without undefined behaviour.
TEST(PassesIndexForm, ConstantsOfAnySize) {
  constexpr auto least = std::numeric_limits<int64_t>::min(), most = std::numeric_limits<int64_t>::max();
  NetworkBuilder b;
  const auto kind = [&](const std::vector<int64_t>& numbers) {
    HostTensor tensor{"c", DType::i64, {static_cast<int64_t>(numbers.size())}, {}};
    tensor.data = Blob::copy_of(numbers.data(), numbers.size() * sizeof(int64_t));
    return IndexForms(b.network).of(b.constant(tensor)).kind;
  };
  EXPECT_EQ(kind({3, 5, 7}), Kind::whole);
  EXPECT_EQ(kind({3, 5, 8}), Kind::unknown);
  EXPECT_EQ(kind({least, most}), Kind::unknown);
  EXPECT_EQ(kind({most, most}), Kind::unknown);
  EXPECT_EQ(kind({0, most / 2, most}), Kind::unknown);
  const auto fill = [&](DType type, double start) {
    return IndexForms(b.network).of(b.add(ops::Fill{type, {kBatch}, start}, {})).kind;
  };
  EXPECT_EQ(fill(DType::i32, 5), Kind::whole);
  EXPECT_EQ(fill(DType::i64, 1e300), Kind::affine) << "an element of its own";
  EXPECT_EQ(fill(DType::f8e4m3, 1), Kind::unknown);
}

TEST(PassesIndexForm, Places) {
  Scores s;
  const auto places = [&](DType type, const std::vector<Dim>& shape) {
    return s.b.reshape(s.b.cast(s.b.add(ops::Range{.limit = kSeq}, {}), type), shape);
  };
  const auto causal = [&](DType type, double factor) {
    const ValueId by = s.b.constant(test::full("by", type, {}, factor));
    const ValueId queries = s.b.product(places(type, {1, 1, kSeq, 1}), by),
                  keys = s.b.product(places(type, {1, 1, 1, kSeq}), by);
    const ValueId seen = s.b.add(ops::Compare{ops::CompareKind::less_equal}, {keys, queries});
    const auto found = s.read(s.b.add(ops::Where{}, {seen, s.b.number(0), s.b.number(-1e38)}));
    return found && found->causal;
  };
  EXPECT_TRUE(causal(DType::i64, 1));
  EXPECT_TRUE(causal(DType::i32, 1));
  EXPECT_FALSE(causal(DType::u8, 1)) << "256 is 0";
  EXPECT_FALSE(causal(DType::i64, 0x1p62)) << "4 times that is 0";
}

}  // namespace
}  // namespace lathe::passes::testing
