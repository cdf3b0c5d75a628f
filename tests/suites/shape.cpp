#include "ops/shape.h"

#include <gtest/gtest.h>

#include "backends/reference/evaluate.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

TEST(SuiteShape, SizesOfEveryRank) {
  Suite suite("shape", {});
  for (DType type : {DType::f32, DType::boolean})
    for (DType index : {DType::i32, DType::i64})
      for (const Shape& shape : {Shape{}, Shape{7}, Shape{3, 0, 5}, Shape{1, 2, 3, 4, 5, 6, 7, 8}})
        suite.check({ops::ShapeOf{index}, {full("x", type, shape, 1)}});
  suite.check_coverage();
  const HostTensor x = full("x", DType::f32, {3, 0, 5}, 1);
  const backends::reference::Tensor y = backends::reference::evaluate(
      ops::ShapeOf{}, std::vector<backends::reference::Tensor>{{x.dtype, x.shape, x.data}})[0];
  EXPECT_EQ(to_doubles({"y", y.dtype, y.shape, y.data}), (std::vector<double>{3, 0, 5}));
}

}  // namespace
}  // namespace lathe::test
