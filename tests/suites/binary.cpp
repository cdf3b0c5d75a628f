#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "backends/reference/evaluate.h"
#include "ops/binary.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::BinaryKind;

constexpr BinaryKind kKinds[] = {BinaryKind::add, BinaryKind::sub, BinaryKind::mul, BinaryKind::div,
                                 BinaryKind::pow, BinaryKind::min, BinaryKind::max};
constexpr BinaryKind kDivisions[] = {BinaryKind::mod, BinaryKind::fmod, BinaryKind::floor_div};
constexpr BinaryKind kBitwise[] = {BinaryKind::and_, BinaryKind::or_, BinaryKind::xor_};

/// Away from 0, and positive for pow.
HostTensor operand(Random& random, BinaryKind kind, DType type, const Shape& shape) {
  std::vector<double> values = to_doubles(random.normal_tensor("", type, shape));
  for (double& v : values) v = kind == BinaryKind::pow ? std::abs(v) + 0.25 : v < 0 ? v - 0.5 : v + 0.5;
  return make_tensor("x", type, shape, values);
}

TEST(SuiteBinary, Broadcasting) {
  Random random(3);
  Suite suite("binary", {});
  const std::pair<Shape, Shape> shapes[] = {
      {{}, {}},
      {{5}, {}},
      {{}, {5}},
      {{3, 17}, {3, 17}},
      {{3, 17}, {17}},
      {{17}, {3, 17}},
      {{3, 17}, {3, 1}},
      {{3, 1}, {3, 17}},
      {{3, 1}, {1, 4}},
      {{2, 3, 4}, {3, 1}},
      {{2, 1, 4}, {3, 1}},
      {{2, 3, 4}, {2, 1, 4}},
      {{0, 4}, {4}},
      {{2, 5, 6, 6}, {2, 1, 1, 6}},
      {{4, 300}, {300}},
      {{4, 300}, {1}},
      {{2, 3, 8}, {2, 3, 1}},
      {{2, 3, 1}, {2, 3, 8}},
  };
  for (BinaryKind kind : kKinds)
    for (DType type : kFloats)
      for (const auto& [a, b] : shapes)
        suite.check({ops::Binary{kind}, {operand(random, kind, type, a), operand(random, kind, type, b)}});
  suite.check_coverage();
}

TEST(SuiteBinary, Widths) {
  Random random(4);
  Suite suite("binary", {});
  for (BinaryKind kind : kKinds)
    for (DType type : {DType::f32, DType::bf16})
      for (int64_t width : kWidths) {
        HostTensor x = operand(random, kind, type, {5, width});
        suite.check({ops::Binary{kind}, {x, operand(random, kind, type, {5, width})}});
        suite.check({ops::Binary{kind}, {x, operand(random, kind, type, {width})}});
        suite.check({ops::Binary{kind}, {x, operand(random, kind, type, {})}});
      }
}

TEST(SuiteBinary, WholeNumbers) {
  Suite suite("binary", {});
  auto whole = [](std::initializer_list<double> values) {
    return make_tensor("x", DType::i64, {static_cast<int64_t>(values.size())}, values);
  };
  for (BinaryKind kind : kKinds) {
    suite.check({ops::Binary{kind}, {whole({7, -7, 3, 0, 2}), whole({2, 2, -1, 5, 0})}});
  }
}

TEST(SuiteBinary, DivisionsOfFloats) {
  Random random(5);
  Suite suite("binary", {});
  for (BinaryKind kind : kDivisions)
    for (DType type : kFloats)
      for (const auto& [a, b] : {std::pair<Shape, Shape>{{3, 300}, {300}}, {{3, 1}, {1, 4}}, {{}, {5}}, {{0, 4}, {4}}})
        suite.check({ops::Binary{kind}, {operand(random, kind, type, a), operand(random, kind, type, b)}});
  const double nan = std::nan(""), inf = HUGE_VAL;
  const auto f = [](const std::vector<double>& v) {
    return make_tensor("x", DType::f64, {static_cast<int64_t>(v.size())}, v);
  };
  // numpy.mod, numpy.fmod and numpy.floor(a / b).
  const HostTensor a = f({7, -7, 7, -7, 5.5, -1, 1, 0, nan}), b = f({3, 3, -3, -3, 0, inf, -inf, -2, 1});
  expect_result(ops::Binary{BinaryKind::mod}, {a, b}, {9}, {1, 2, -2, -1, nan, inf, -inf, 0, nan});
  expect_result(ops::Binary{BinaryKind::fmod}, {a, b}, {9}, {1, -1, 1, -1, nan, -1, 1, 0, nan});
  expect_result(ops::Binary{BinaryKind::floor_div}, {a, b}, {9}, {2, -3, -3, 2, inf, 0, 0, 0, nan});
}

TEST(SuiteBinary, WholeNumbersOfAnyWidth) {
  Random random(6);
  Suite suite("binary", {});
  for (DType type : {DType::i64, DType::i32, DType::i16, DType::i8, DType::u64, DType::u32, DType::u16, DType::u8}) {
    const int64_t low = type >= DType::u64 ? 0 : -9;
    const auto check = [&](BinaryKind kind, int64_t from) {
      suite.check(
          {ops::Binary{kind},
           {random.integer_tensor("a", type, {3, 300}, low, 99), random.integer_tensor("b", type, {3, 1}, from, 9)}});
      suite.check({ops::Binary{kind},
                   {random.integer_tensor("a", type, {}, low, 99), random.integer_tensor("b", type, {2, 0}, from, 9)}});
    };
    for (BinaryKind kind : kDivisions) check(kind, low);
    for (BinaryKind kind : kBitwise) check(kind, low);
    for (BinaryKind kind : {BinaryKind::shift_left, BinaryKind::shift_right}) check(kind, 0);
  }
  for (BinaryKind kind : kBitwise)
    suite.check({ops::Binary{kind},
                 {random.integer_tensor("a", DType::boolean, {4, 5}, 0, 1),
                  random.integer_tensor("b", DType::boolean, {5}, 0, 1)}});
}

TEST(SuiteBinary, DivisionsOfWholeNumbers) {
  const HostTensor a = make_tensor("a", DType::i32, {7}, {7, -7, 7, -7, 5, 6, -2147483648.0}),
                   b = make_tensor("b", DType::i32, {7}, {3, 3, -3, -3, 0, -3, -1});
  expect_result(ops::Binary{BinaryKind::mod}, {a, b}, {7}, {1, 2, -2, -1, 0, 0, 0});
  expect_result(ops::Binary{BinaryKind::fmod}, {a, b}, {7}, {1, -1, 1, -1, 0, 0, 0});
  expect_result(ops::Binary{BinaryKind::floor_div}, {a, b}, {7}, {2, -3, -3, 2, 0, -2, -2147483648.0});
  const std::vector<int64_t> lowest = {INT64_MIN}, minus_one = {-1}, three = {3};
  const auto of = [](BinaryKind kind, const std::vector<int64_t>& x, const std::vector<int64_t>& y, DType type) {
    return whole_numbers(computed(ops::Binary{kind}, {whole_tensor(x, type), whole_tensor(y, type)})[0])[0];
  };
  EXPECT_EQ(of(BinaryKind::floor_div, lowest, minus_one, DType::i64), INT64_MIN);
  EXPECT_EQ(of(BinaryKind::mod, lowest, minus_one, DType::i64), 0);
  EXPECT_EQ(of(BinaryKind::mod, minus_one, three, DType::u64), 0);  // 2^64 - 1 is 3 * 6148914691236517205
  EXPECT_EQ(of(BinaryKind::floor_div, minus_one, three, DType::u64), 6148914691236517205);
}

TEST(SuiteBinary, BitsAndShifts) {
  const auto of = [](DType type, const std::vector<double>& v) {
    return make_tensor("x", type, {static_cast<int64_t>(v.size())}, v);
  };
  const HostTensor a = of(DType::u8, {12, 255, 129, 129, 1}), b = of(DType::u8, {10, 1, 1, 7, 8});
  expect_result(ops::Binary{BinaryKind::and_}, {a, b}, {5}, {8, 1, 1, 1, 0});
  expect_result(ops::Binary{BinaryKind::or_}, {a, b}, {5}, {14, 255, 129, 135, 9});
  expect_result(ops::Binary{BinaryKind::xor_}, {a, b}, {5}, {6, 254, 128, 134, 9});
  expect_result(ops::Binary{BinaryKind::shift_left}, {a, b}, {5}, {0, 254, 2, 128, 0});
  expect_result(ops::Binary{BinaryKind::shift_right}, {a, b}, {5}, {0, 127, 64, 1, 0});
  const HostTensor s = of(DType::i8, {-128, -128, -1, 3, 64}), by = of(DType::i8, {1, 9, -1, -1, 1});
  expect_result(ops::Binary{BinaryKind::shift_right}, {s, by}, {5}, {-64, -1, -1, 0, 32});
  expect_result(ops::Binary{BinaryKind::shift_left}, {s, by}, {5}, {0, 0, 0, 0, -128});
  const std::vector<int64_t> ones = {-1, -1, -1}, shifts = {63, 64, INT64_MIN};
  const auto shifted = [&](BinaryKind kind, DType type) {
    return whole_numbers(computed(ops::Binary{kind}, {whole_tensor(ones, type), whole_tensor(shifts, type)})[0]);
  };
  EXPECT_EQ(shifted(BinaryKind::shift_right, DType::u64), (std::vector<int64_t>{1, 0, 0}));
  EXPECT_EQ(shifted(BinaryKind::shift_right, DType::i64), (std::vector<int64_t>{-1, -1, -1}));
  EXPECT_EQ(shifted(BinaryKind::shift_left, DType::u64), (std::vector<int64_t>{INT64_MIN, 0, 0}));
  const HostTensor p = of(DType::boolean, {0, 0, 1, 1}), q = of(DType::boolean, {0, 1, 0, 1});
  expect_result(ops::Binary{BinaryKind::and_}, {p, q}, {4}, {0, 0, 0, 1});
  expect_result(ops::Binary{BinaryKind::or_}, {p, q}, {4}, {0, 1, 1, 1});
  expect_result(ops::Binary{BinaryKind::xor_}, {p, q}, {4}, {0, 1, 1, 0});
}

TEST(SuiteBinary, TypesThatAKindLacks) {
  const auto refused = [](BinaryKind kind, const char* type) {
    return is_refused(ops::Binary{kind}, {type_of(type), type_of(type)});
  };
  for (BinaryKind kind : kBitwise) EXPECT_TRUE(refused(kind, "f32[2]"));
  for (BinaryKind kind : kDivisions) EXPECT_TRUE(refused(kind, "bool[2]"));
  for (BinaryKind kind : {BinaryKind::shift_left, BinaryKind::shift_right})
    EXPECT_TRUE(refused(kind, "f32[2]") && refused(kind, "bool[2]") && !refused(kind, "i8[2]"));
  EXPECT_TRUE(is_refused(ops::Binary{}, {type_of("f32[2]"), type_of("f64[2]")}));
}

TEST(SuiteBinary, NaNStays) {
  Suite suite("binary", {});
  const double nan = std::nan("");
  for (BinaryKind kind : {BinaryKind::min, BinaryKind::max, BinaryKind::add})
    for (DType type : kFloats) {
      std::vector<double> a(20, 1), b(20, 2);
      a[0] = b[1] = a[2] = b[2] = a[17] = b[18] = nan;
      suite.check({ops::Binary{kind}, {make_tensor("a", type, {20}, a), make_tensor("b", type, {20}, b)}});
      suite.check({ops::Binary{kind}, {make_tensor("a", type, {20}, a), make_tensor("b", type, {1}, {nan})}});
    }
}

TEST(SuiteBinary, UnsignedNumbersAboveTheSignedOnes) {
  // 2^63 and 2^64 - 2^11 are doubles.
  const HostTensor a = make_tensor("a", DType::u64, {4}, {9223372036854775808.0, 3, 18446744073709549568.0, 2});
  const HostTensor b = make_tensor("b", DType::u64, {4}, {1, 9223372036854775808.0, 2, 63});
  auto result = [&](BinaryKind kind) {
    const backends::reference::Tensor inputs[] = {{a.dtype, a.shape, a.data}, {b.dtype, b.shape, b.data}};
    const auto values = backends::reference::evaluate(ops::Binary{kind}, inputs)[0].data;
    return std::vector<uint64_t>(values.as<uint64_t>().begin(), values.as<uint64_t>().end());
  };
  const auto smaller = result(BinaryKind::min), larger = result(BinaryKind::max), ratio = result(BinaryKind::div),
             power = result(BinaryKind::pow);
  EXPECT_EQ(smaller[0], 1u);
  EXPECT_EQ(smaller[1], 3u);
  EXPECT_EQ(larger[0], uint64_t{1} << 63);
  EXPECT_EQ(ratio[2], 9223372036854774784u);
  EXPECT_EQ(power[3], uint64_t{1} << 63);
}

}  // namespace
}  // namespace lathe::test
