#include "ops/non_zero.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

TEST(SuiteNonZero, Shapes) {
  Random random(41);
  Suite suite("non_zero", {});
  for (DType type :
       {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::i8, DType::u8, DType::boolean})
    for (const Shape& shape :
         {Shape{}, Shape{0}, Shape{1}, Shape{17}, Shape{3, 0, 2}, Shape{2, 3, 5}, Shape{1, 1, 100}})
      suite.check({ops::NonZero{}, {random.integer_tensor("x", type, shape, 0, 1)}});
  suite.check({ops::NonZero{}, {full("x", DType::f32, {3, 7}, 0)}});
  suite.check({ops::NonZero{}, {full("x", DType::f32, {3, 7}, NAN)}});
  suite.check({ops::NonZero{"found"}, {make_tensor("x", DType::f32, {2, 2}, {-0.0, -1, 1e-30, 0})}});
  suite.check_coverage();
}

}  // namespace
}  // namespace lathe::test
