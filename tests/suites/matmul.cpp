#include <gtest/gtest.h>

#include <span>
#include <utility>

#include "ops/matmul.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

constexpr Tolerance kTolerance{.f32 = 2e-6};
using Shapes = std::pair<Shape, Shape>;

/// A and B of these shapes, in every type and each of them turned or not.
void check_all(Suite& suite, Random& random, std::span<const Shapes> shapes) {
  const auto x = [&](DType type, Shape shape, bool turned) {
    if (turned) std::swap(shape[-1], shape[-2]);
    return random.normal_tensor("x", type, shape);
  };
  for (DType type : kFloats)
    for (bool transpose_a : {false, true})
      for (bool transpose_b : {false, true})
        for (const auto& [a, b] : shapes)
          suite.check({ops::MatMul{transpose_a, transpose_b}, {x(type, a, transpose_a), x(type, b, transpose_b)}});
}

TEST(SuiteMatMul, Shapes) {
  Random random(11);
  Suite suite("matmul", kTolerance);
  const Shapes shapes[] = {
      {{1, 1}, {1, 1}},       {{3, 17}, {17, 5}},      {{2, 3, 17}, {17, 100}}, {{2, 4, 5, 8}, {2, 4, 8, 5}},
      {{0, 4}, {4, 3}},       {{2, 0}, {0, 3}},        {{33, 384}, {384, 17}},  {{3, 2, 65, 64}, {3, 2, 64, 65}},
      {{70, 801}, {801, 40}}, {{100, 20}, {20, 1100}}, {{200, 33}, {33, 130}},  {{3, 0, 5}, {3, 5, 2}},
  };
  check_all(suite, random, shapes);
  suite.check_coverage();
}

TEST(SuiteMatMul, Broadcast) {
  Random random(12);
  Suite suite("matmul", kTolerance);
  const Shapes shapes[] = {
      {{1, 3, 4}, {6, 4, 2}},       {{5, 1, 2, 3}, {4, 3, 2}},
      {{4, 3, 9}, {9, 7}},          {{4, 3, 9}, {1, 9, 7}},
      {{3, 9}, {4, 9, 7}},          {{2, 3, 6, 5}, {3, 5, 4}},
      {{2, 3, 6, 5}, {2, 1, 5, 4}}, {{3, 1, 2, 6, 5}, {4, 1, 5, 4}},
      {{7, 1, 6}, {6, 5}},          {{2, 3, 1, 6}, {2, 1, 6, 35}},
      {{2, 1, 1, 6}, {3, 6, 5}},    {{40, 3, 5}, {40, 5, 7}},
  };
  check_all(suite, random, shapes);
}

TEST(SuiteMatMul, Vectors) {
  Random random(13);
  Suite suite("matmul", kTolerance);
  const Shapes shapes[] = {
      {{1, 801}, {801, 175}}, {{175, 801}, {801, 1}},     {{1, 64}, {64, 1}}, {{3, 1, 40}, {3, 40, 130}},
      {{4, 7, 33}, {33, 1}},  {{2, 1, 9}, {4, 1, 9, 20}}, {{1, 0}, {0, 9}},   {{2, 3, 9, 5}, {3, 5, 1}},
      {{1, 1}, {1, 300}},     {{5, 1}, {1, 1}},
  };
  check_all(suite, random, shapes);
}

}  // namespace
}  // namespace lathe::test
