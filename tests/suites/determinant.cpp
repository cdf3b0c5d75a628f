#include <gtest/gtest.h>

#include <cmath>

#include "ops/determinant.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::Determinant;

TEST(SuiteDeterminant, Sizes) {
  Random random(65);
  Suite suite("determinant", {.bf16 = 5e-3});
  for (DType type : kFloats)
    for (int64_t n : {0, 1, 2, 3, 5, 17}) {
      suite.check({Determinant{}, {random.normal_tensor("x", type, {n, n}, 0, 0.4)}});
      suite.check({Determinant{}, {random.normal_tensor("x", type, {2, 3, n, n}, 0, 0.4)}});
    }
  suite.check({Determinant{}, {random.normal_tensor("x", DType::f32, {0, 3, 3})}});
  suite.check_coverage();
}

TEST(SuiteDeterminant, Numbers) {
  const auto x = [](const Shape& shape, const std::vector<double>& v) {
    return make_tensor("x", DType::f64, shape, v);
  };
  expect_result(Determinant{}, {x({2, 2}, {0, 2, 3, 4})}, {}, {-6});
  expect_result(Determinant{}, {x({2, 2, 2}, {1, 2, 3, 4, 1, 2, 2, 4})}, {2}, {-2, 0});
  expect_result(Determinant{}, {x({3, 3}, {2, -3, 1, 2, 0, -1, 1, 4, 5})}, {}, {49});
  expect_result(Determinant{}, {x({3, 3}, {0, 1, 0, 0, 0, 1, 1, 0, 0})}, {}, {1});
  expect_result(Determinant{}, {x({0, 0}, {})}, {}, {1});
  expect_result(Determinant{}, {x({1, 1}, {std::nan("")})}, {}, {std::nan("")});
}

TEST(SuiteDeterminant, WhatIsRefused) {
  for (const char* type : {"f32[2, 3]", "f32[3]", "f32[]", "i32[2, 2]"})
    EXPECT_TRUE(is_refused(Determinant{}, {type_of(type)}));
  EXPECT_FALSE(is_refused(Determinant{}, {type_of("f32[b, n, m]")}));
}

}  // namespace
}  // namespace lathe::test
