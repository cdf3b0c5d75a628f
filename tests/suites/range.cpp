#include "ops/range.h"

#include <gtest/gtest.h>

#include "backends/reference/evaluate.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

std::vector<double> numbers(const ops::Range& op) {
  const backends::reference::Tensor y = backends::reference::evaluate(op, {})[0];
  return to_doubles({"y", y.dtype, y.shape, y.data});
}

TEST(SuiteRange, Numbers) {
  EXPECT_EQ(numbers({DType::i64, 2, 7, 2}), (std::vector<double>{2, 4, 6}));
  EXPECT_EQ(numbers({DType::i32, 5, -1, -2}), (std::vector<double>{5, 3, 1}));
  EXPECT_EQ(numbers({DType::i32, 5, -2, -7}), (std::vector<double>{5}));
  EXPECT_TRUE(numbers({DType::i64, 3, 3, 1}).empty());
  EXPECT_TRUE(numbers({DType::i64, 3, 9, -1}).empty());
}

TEST(SuiteRange, StartsLimitsSteps) {
  Suite suite("range", {});
  for (DType type : {DType::i32, DType::i64})
    for (int64_t start : {-5, 0, 7})
      for (int64_t limit : {-9, 0, 40})
        for (int64_t step : {1, 3, -1, -4}) suite.check({ops::Range{type, start, limit, step}, {}});
  suite.check({ops::Range{DType::i64, INT64_MAX, INT64_MAX, INT64_MAX}, {}});
  suite.check({ops::Range{DType::i64, 0, 5, INT64_MIN}, {}});
  suite.check_coverage();
}

}  // namespace
}  // namespace lathe::test
