#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ops/softmax.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

TEST(SuiteSoftmax, Widths) {
  Random random(17);
  Suite suite("softmax", {.f32 = 2e-6});
  for (DType type : kFloats)
    for (int64_t width : {1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 100, 127, 128, 384, 512, 1024}) {
      suite.check({ops::Softmax{-1}, {random.normal_tensor("x", type, {5, width}, 0, 3)}});
      suite.check({ops::Softmax{1}, {random.normal_tensor("x", type, {2, width}, -50, 20)}});
    }
  suite.check_coverage();
}

TEST(SuiteSoftmax, AxesAndRanks) {
  Random random(18);
  Suite suite("softmax", {.f32 = 2e-6});
  for (DType type : kFloats) {
    for (int64_t axis : {0, 1, 2, -1, -2, -3})
      suite.check({ops::Softmax{axis}, {random.normal_tensor("x", type, {3, 4, 5})}});
    suite.check({ops::Softmax{-1}, {random.normal_tensor("x", type, {0, 5})}});
    suite.check({ops::Softmax{-1}, {random.normal_tensor("x", type, {2, 3, 4, 9})}});
    suite.check({ops::Softmax{0}, {random.normal_tensor("x", type, {11})}});
  }
}

TEST(SuiteSoftmax, Logarithm) {
  Random random(19);
  Suite suite("softmax", {.f32 = 2e-6});
  for (DType type : kFloats) {
    for (int64_t axis : {0, 1, 2, -1, -3})
      suite.check({ops::Softmax{axis, true}, {random.normal_tensor("x", type, {3, 4, 5}, 0, 3)}});
    suite.check({ops::Softmax{-1, true}, {random.normal_tensor("x", type, {5, 300}, -50, 20)}});
    suite.check({ops::Softmax{-1, true}, {random.normal_tensor("x", type, {0, 5})}});
    suite.check({ops::Softmax{-1, true}, {random.normal_tensor("x", type, {5, 0})}});
  }
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const HostTensor x =
      make_tensor("x", DType::f64, {5, 2}, {0, std::log(3.0), -inf, -inf, 0, -5000, nan, -inf, inf, 1});
  expect_result(ops::Softmax{1, true}, {x}, {5, 2},
                {std::log(0.25), std::log(0.75), -inf, -inf, 0, -5000, nan, nan, nan, nan});
  EXPECT_TRUE(is_refused(ops::Softmax{2}, {type_of("f32[2, 3]")}));
  EXPECT_TRUE(is_refused(ops::Softmax{-1}, {type_of("i32[2, 3]")}));
}

TEST(SuiteSoftmax, InfinitiesAndExtremes) {
  double infinity = std::numeric_limits<double>::infinity();
  Suite suite("softmax", {.f32 = 2e-6});
  for (DType type : kFloats) {
    // A row of -inf gives zeros; one open element takes all.
    suite.check(
        {ops::Softmax{-1},
         {make_tensor("x", type, {3, 3}, {-infinity, -infinity, -infinity, -infinity, 2, -infinity, 1, 1, 1})}});
    suite.check({ops::Softmax{-1}, {make_tensor("x", type, {2, 2}, {30000, 30000, -30000, 0})}});
  }
  // NaN and +inf spoil their row, and no other.
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (DType type : kFloats)
    for (int64_t at : {0, 1, 18}) {
      std::vector<double> closed(3 * 19, -infinity), open(3 * 19, 1);
      closed[static_cast<size_t>(19 + at)] = open[static_cast<size_t>(at)] = nan;
      open[static_cast<size_t>(2 * 19 + at)] = infinity;
      suite.check({ops::Softmax{-1}, {make_tensor("x", type, {3, 19}, closed)}});
      suite.check({ops::Softmax{-1}, {make_tensor("x", type, {3, 19}, open)}});
    }
  // The additive mask's lowest float.
  suite.check({ops::Softmax{-1}, {make_tensor("x", DType::f32, {1, 4}, {1, -3.4028234663852886e38, 2, -3e38})}});
}

}  // namespace
}  // namespace lathe::test
