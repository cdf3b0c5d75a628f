#include "ops/max_roi_pool.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::MaxRoiPool;

TEST(SuiteMaxRoiPool, Shapes) {
  Random random(61);
  Suite suite("max_roi_pool", {});
  for (DType type : kFloats) {
    const HostTensor regions = make_tensor("regions", type, {3, 5}, {0, 0, 0, 5, 4, 1, -3, 1, 2, 9, 1, 4, 4, 2, 2});
    suite.check({MaxRoiPool{2, 3, 1}, {random.normal_tensor("x", type, {2, 3, 5, 6}), regions}});
    suite.check({MaxRoiPool{7, 1, 0.5}, {random.normal_tensor("x", type, {2, 1, 5, 6}), regions}});
  }
  suite.check({MaxRoiPool{2, 2}, {full("x", DType::f32, {1, 2, 3, 3}, 1), full("regions", DType::f32, {0, 5}, 0)}});
  suite.check({MaxRoiPool{2, 2}, {full("x", DType::f32, {1, 2, 0, 3}, 1), full("regions", DType::f32, {1, 5}, 0)}});
  suite.check_coverage();
}

TEST(SuiteMaxRoiPool, Numbers) {
  const HostTensor x = make_tensor("x", DType::f32, {1, 1, 3, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  const auto regions = [](std::initializer_list<double> values) {
    return make_tensor("regions", DType::f32, {1, 5}, values);
  };
  // Three rows in two parts share the middle one; four columns do not.
  expect_numbers({MaxRoiPool{2, 2}, {x, regions({0, 0, 0, 3, 2})}}, {{6, 8, 10, 12}});
  // 0.5 is rounded to 1, 1.25 to 1: one column; what lies behind x counts for nothing.
  expect_numbers({MaxRoiPool{2, 1, 0.5}, {x, regions({0, 1, 4, 2.5, 7})}}, {{10, 0}});
  // A region that ends before it begins is one element large.
  expect_numbers({MaxRoiPool{1, 1}, {x, regions({0, 2, 1, 0, 0})}}, {{7}});
  const HostTensor odd = make_tensor("x", DType::f32, {1, 1, 1, 2}, {NAN, -3});
  expect_numbers({MaxRoiPool{1, 2}, {odd, regions({0, 0, 0, 1, 0})}}, {{NAN, -3}});
}

TEST(SuiteMaxRoiPool, Faults) {
  Suite suite("max_roi_pool", {});
  const double infinity = std::numeric_limits<double>::infinity();
  const HostTensor x = full("x", DType::f32, {2, 1, 3, 3}, 1);
  for (double bad : {-1.0, 2.0, 1e30, infinity, -infinity, static_cast<double>(NAN)})
    suite.check_fault({MaxRoiPool{}, {x, make_tensor("regions", DType::f32, {1, 5}, {bad, 0, 0, 1, 1})}},
                      ErrorCode::out_of_range);
  suite.check_fault({MaxRoiPool{}, {x, make_tensor("regions", DType::f32, {1, 5}, {0, 0, NAN, 1, 1})}},
                    ErrorCode::out_of_range);
  suite.check(
      {MaxRoiPool{2, 2}, {x, make_tensor("regions", DType::f32, {1, 5}, {0, -infinity, -1e30, infinity, 1e30})}});
}

TEST(SuiteMaxRoiPool, Refusals) {
  const auto f = [](std::vector<Dim> shape) { return ops::TensorType{DType::f32, std::move(shape)}; };
  expect_refusal(MaxRoiPool{}, {f({1, 2, 3, 3}), f({3, 4})}, "5 numbers");
  expect_refusal(MaxRoiPool{}, {f({1, 2, 3}), f({3, 5})}, "takes x");
  expect_refusal(MaxRoiPool{-1}, {f({1, 2, 3, 3}), f({3, 5})}, "negative");
  expect_refusal(MaxRoiPool{1, 1, NAN}, {f({1, 2, 3, 3}), f({3, 5})}, "finite");
}

}  // namespace
}  // namespace lathe::test
