#include <gtest/gtest.h>

#include "ops/fill.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

TEST(SuiteFill, ValuesAndSteps) {
  Suite suite("fill", {});
  for (DType type : {DType::f32, DType::bf16, DType::f64, DType::i32, DType::i64, DType::u8}) {
    suite.check({ops::Fill{type, {}, 3, 0, -1}, {}});
    suite.check({ops::Fill{type, {4, 17}, 7, 0, -1}, {}});
    suite.check({ops::Fill{type, {4, 17}, 0, 1, -1}, {}});
    suite.check({ops::Fill{type, {4, 3, 5}, 1, 2, 1}, {}});
    suite.check({ops::Fill{type, {4, 3}, 9, -1, 0}, {}});
    suite.check({ops::Fill{type, {0, 3}, 1, 1, 0}, {}});
  }
  suite.check_coverage();
}

}  // namespace
}  // namespace lathe::test
