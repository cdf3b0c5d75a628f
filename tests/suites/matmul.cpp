#include <gtest/gtest.h>

#include <utility>

#include "ops/matmul.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

TEST(SuiteMatMul, Shapes) {
  Random random(11);
  Suite suite("matmul", {.f32 = 2e-6});
  auto x = [&](DType type, Shape shape, bool turned) {
    if (turned) std::swap(shape[-1], shape[-2]);
    return random.normal_tensor("x", type, shape);
  };
  const std::pair<Shape, Shape> shapes[] = {
      {{1, 1}, {1, 1}},        {{3, 17}, {17, 5}},
      {{2, 3, 17}, {17, 100}}, {{2, 4, 5, 8}, {2, 4, 8, 5}},
      {{1, 3, 4}, {6, 4, 2}},  {{5, 1, 2, 3}, {4, 3, 2}},
      {{0, 4}, {4, 3}},        {{2, 0}, {0, 3}},
      {{33, 384}, {384, 17}},  {{3, 2, 65, 64}, {3, 2, 64, 65}},
  };
  for (DType type : kFloats)
    for (bool transpose_a : {false, true})
      for (bool transpose_b : {false, true})
        for (const auto& [a, b] : shapes)
          suite.check({ops::MatMul{transpose_a, transpose_b}, {x(type, a, transpose_a), x(type, b, transpose_b)}});
  suite.check_coverage();
}

}  // namespace
}  // namespace lathe::test
