#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "backends/reference/evaluate.h"
#include "ops/binary.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

using ops::BinaryKind;

constexpr BinaryKind kKinds[] = {BinaryKind::add, BinaryKind::sub, BinaryKind::mul, BinaryKind::div,
                                 BinaryKind::pow, BinaryKind::min, BinaryKind::max};

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
