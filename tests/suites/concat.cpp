#include <gtest/gtest.h>

#include "ops/concat.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

TEST(SuiteConcat, Axes) {
  Random random(7);
  Suite suite("concat", {});
  auto x = [&](DType type, const Shape& shape) { return random.integer_tensor("x", type, shape, 0, 1); };
  for (DType type : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::i16, DType::i8,
                     DType::u64, DType::u32, DType::u16, DType::u8, DType::boolean, DType::f8e4m3, DType::f8e5m2}) {
    suite.check({ops::Concat{0}, {x(type, {5})}});
    suite.check({ops::Concat{0}, {x(type, {5}), x(type, {0}), x(type, {3})}});
    suite.check({ops::Concat{0}, {x(type, {2, 17}), x(type, {1, 17})}});
    suite.check({ops::Concat{-1}, {x(type, {3, 100}), x(type, {3, 1}), x(type, {3, 17})}});
    suite.check({ops::Concat{1}, {x(type, {2, 3, 4}), x(type, {2, 5, 4})}});
    suite.check({ops::Concat{1}, {x(type, {0, 3}), x(type, {0, 5})}});
  }
  suite.check_coverage();
}

}  // namespace
}  // namespace lathe::test
