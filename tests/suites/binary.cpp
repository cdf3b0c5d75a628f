#include <gtest/gtest.h>

#include <cmath>
#include <utility>

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

}  // namespace
}  // namespace lathe::test
