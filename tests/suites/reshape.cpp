#include <gtest/gtest.h>

#include "ops/reshape.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

TEST(SuiteReshape, SameElements) {
  Random random(15);
  Suite suite("reshape", {});
  for (DType type : {DType::f32, DType::bf16, DType::i64, DType::boolean}) {
    auto x = [&](const Shape& shape) { return random.integer_tensor("x", type, shape, 0, 1); };
    suite.check({ops::Reshape{{6}}, {x({2, 3})}});
    suite.check({ops::Reshape{{2, 3, 17}}, {x({6, 17})}});
    suite.check({ops::Reshape{{}}, {x({1, 1})}});
    suite.check({ops::Reshape{{1}}, {x({})}});
    suite.check({ops::Reshape{{0, 5}}, {x({3, 0})}});
  }
  suite.check_coverage();
}

}  // namespace
}  // namespace lathe::test
