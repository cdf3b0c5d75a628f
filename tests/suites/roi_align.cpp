#include "ops/roi_align.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::RoiAlign;
using ops::RoiMode;

HostTensor regions(DType type, const Shape& shape, std::initializer_list<double> values) {
  return make_tensor("regions", type, shape, values);
}

TEST(SuiteRoiAlign, ModesAndRatios) {
  Random random(60);
  Suite suite("roi_align", {});
  for (DType type : kFloats)
    for (RoiMode mode : {RoiMode::average, RoiMode::max})
      for (bool half : {false, true})
        for (int64_t ratio : {0, 1, 3})
          suite.check({RoiAlign{mode, 2, 3, ratio, 0.5, half},
                       {random.normal_tensor("x", type, {2, 3, 5, 6}),
                        regions(DType::f32, {3, 4}, {0, 0, 9, 7, -4, 2, 3, 30, 5, 5, 5, 5}),
                        make_tensor("batch", DType::i64, {3}, {1, 0, 1})}});
  suite.check_coverage();
}

TEST(SuiteRoiAlign, Empties) {
  Suite suite("roi_align", {});
  const HostTensor none = full("batch", DType::i32, {0}, 0), one = full("batch", DType::i32, {1}, 0);
  const HostTensor region = regions(DType::f32, {1, 4}, {0, 0, 2, 2});
  suite.check({RoiAlign{}, {full("x", DType::f32, {1, 2, 3, 3}, 1), full("regions", DType::f32, {0, 4}, 0), none}});
  suite.check({RoiAlign{}, {full("x", DType::f32, {1, 0, 3, 3}, 1), region, one}});
  suite.check({RoiAlign{}, {full("x", DType::f32, {1, 2, 0, 3}, 1), region, one}});
  suite.check({RoiAlign{.height = 0}, {full("x", DType::f32, {1, 2, 3, 3}, 1), region, one}});
}

TEST(SuiteRoiAlign, Numbers) {
  const HostTensor x = pattern(DType::f64, {2, 1, 4, 5}, 7, 17, 8);
  const std::vector<HostTensor> in = {x, regions(DType::f64, {2, 4}, {0.5, 1, 4, 3.5, -3, 2, 2.5, 6}),
                                      make_tensor("batch", DType::i32, {2}, {1, 0})};
  expect_numbers({RoiAlign{RoiMode::average, 2, 2, 0, 1, true}, in},
                 {{0.59375, -1.61621094, 1.84375, -0.78125, 0, -1.97916667, 0, -1.50694444}});
  expect_numbers({RoiAlign{RoiMode::average, 2, 2, 2, 0.5, false}, in},
                 {{1.625, -1.8125, 2.25, -1.1875, -3.25, -2.5625, -2.75, -1.5625}});
  expect_numbers({RoiAlign{RoiMode::max, 2, 2, 2, 1, true}, in},
                 {{2.234375, 0.8203125, 3.22265625, 1.93359375, 0, 2.5, 0, 1.375}});
}

TEST(SuiteRoiAlign, Faults) {
  Suite suite("roi_align", {});
  const HostTensor x = full("x", DType::f32, {2, 1, 3, 3}, 1), region = regions(DType::f32, {1, 4}, {0, 0, 2, 2});
  for (double item : {-1.0, 2.0, 1e9})
    suite.check_fault({RoiAlign{}, {x, region, make_tensor("batch", DType::i32, {1}, {item})}},
                      ErrorCode::out_of_range);
  const HostTensor first = full("batch", DType::i32, {1}, 0);
  const double infinity = std::numeric_limits<double>::infinity();
  for (double bad : {static_cast<double>(NAN), infinity, -infinity, 1e9}) {
    suite.check_fault({RoiAlign{}, {x, regions(DType::f32, {1, 4}, {0, 0, bad, 2}), first}}, ErrorCode::out_of_range);
    suite.check_fault({RoiAlign{}, {x, regions(DType::f32, {1, 4}, {0, -bad, 2, 2}), first}}, ErrorCode::out_of_range);
  }
  // Far away, but not too large.
  suite.check({RoiAlign{}, {x, regions(DType::f32, {1, 4}, {1e9, 1e9, 1e9, 1e9}), first}});
}

TEST(SuiteRoiAlign, Refusals) {
  const auto f = [](std::vector<Dim> shape) { return ops::TensorType{DType::f32, std::move(shape)}; };
  const ops::TensorType batch{DType::i64, {3}};
  const ops::Types plain = {f({1, 2, 3, 3}), f({3, 4}), batch};
  expect_refusal(RoiAlign{}, {plain[0], plain[1]}, "3 inputs");
  expect_refusal(RoiAlign{}, {f({1, 2, 3}), f({3, 4}), batch}, "takes x");
  expect_refusal(RoiAlign{}, {plain[0], f({3, 5}), batch}, "4 numbers");
  expect_refusal(RoiAlign{}, {plain[0], f({2, 4}), batch}, "one length");
  expect_refusal(RoiAlign{}, {plain[0], plain[1], f({3})}, "i32 or i64");
  expect_refusal(RoiAlign{.height = -1}, plain, "negative");
  expect_refusal(RoiAlign{.sampling_ratio = std::numeric_limits<int64_t>::max()}, plain, "sampling_ratio");
  expect_refusal(RoiAlign{.scale = NAN}, plain, "finite");
}

}  // namespace
}  // namespace lathe::test
