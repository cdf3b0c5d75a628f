#include <gtest/gtest.h>

#include "ops/transpose.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

TEST(SuiteTranspose, Permutations) {
  Random random(19);
  Suite suite("transpose", {});
  for (DType type : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::i16, DType::i8,
                     DType::u64, DType::u32, DType::u16, DType::u8, DType::boolean, DType::f8e4m3, DType::f8e5m2}) {
    auto x = [&](const Shape& shape) { return random.integer_tensor("x", type, shape, 0, 1); };
    suite.check({ops::Transpose{{}}, {x({})}});
    suite.check({ops::Transpose{{0}}, {x({5})}});
    for (const Shape& shape : {Shape{1, 1}, Shape{3, 17}, Shape{33, 65}, Shape{0, 4}, Shape{100, 32}}) {
      suite.check({ops::Transpose{{0, 1}}, {x(shape)}});
      suite.check({ops::Transpose{{1, 0}}, {x(shape)}});
      suite.check({ops::Transpose{{-1, -2}}, {x(shape)}});
    }
    suite.check({ops::Transpose{{0, 2, 1, 3}}, {x({2, 5, 3, 8})}});
    suite.check({ops::Transpose{{3, 1, 0, 2}}, {x({2, 5, 3, 4})}});
  }
  suite.check_coverage();
}

}  // namespace
}  // namespace lathe::test
