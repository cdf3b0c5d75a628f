#include "ops/copy.h"

#include <gtest/gtest.h>

#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

TEST(SuiteCopy, EveryTypeAndShape) {
  Random random(5);
  Suite suite("copy", {});
  for (DType type : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::i16, DType::i8,
                     DType::u64, DType::u32, DType::u16, DType::u8, DType::boolean, DType::f8e4m3, DType::f8e5m2})
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{7}, Shape{3, 19}, Shape{2, 1, 5}, Shape{2, 3, 5, 4}})
      suite.check({ops::Copy{}, {random.integer_tensor("x", type, shape, 0, 100)}});
  suite.check_coverage();
}

}  // namespace
}  // namespace lathe::test
