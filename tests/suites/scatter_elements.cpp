#include <gtest/gtest.h>

#include <cmath>

#include "ops/scatter_elements.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::ScatterElements;
using ops::ScatterReduction;

constexpr ScatterReduction kReductions[] = {ScatterReduction::none, ScatterReduction::add, ScatterReduction::mul,
                                            ScatterReduction::max, ScatterReduction::min};

TEST(SuiteScatterElements, AxesAndTypes) {
  Random random(69);
  Suite suite("scatter_elements", {});
  for (DType type :
       {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i16, DType::u64, DType::u8, DType::boolean})
    for (ScatterReduction reduction : kReductions)
      for (int64_t axis : {0, 1, -1})
        for (const Shape& shape : {Shape{3, 4, 5}, Shape{2, 1, 4}, Shape{0, 4, 1}}) {
          const DType index = axis == 0 ? DType::i32 : DType::i64;
          suite.check(
              {ScatterElements{axis, reduction},
               {random.integer_tensor("x", type, {3, 4, 5}, 0, 1), random.integer_tensor("i", index, shape, -3, 2),
                random.integer_tensor("u", type, shape, 0, 3)}});
        }
  suite.check_coverage();
}

TEST(SuiteScatterElements, Numbers) {
  // The examples of the ONNX page.
  const auto f = [](const Shape& shape, const std::vector<double>& v) {
    return make_tensor("x", DType::f32, shape, v);
  };
  const auto i = [](const Shape& shape, const std::vector<double>& v) {
    return make_tensor("i", DType::i64, shape, v);
  };
  const HostTensor indices = i({2, 3}, {1, 0, 2, 0, 2, 1}), updates = f({2, 3}, {1, 1.1, 1.2, 2, 2.1, 2.2});
  expect_result(ScatterElements{0}, {full("x", DType::f32, {3, 3}, 0), indices, updates}, {3, 3},
                {2, 1.1, 0, 1, 0, 2.2, 0, 2.1, 1.2});
  const HostTensor x = f({1, 5}, {1, 2, 3, 4, 5}), twice = i({1, 2}, {1, 1}), u = f({1, 2}, {1.1, 2.1});
  expect_result(ScatterElements{1}, {x, i({1, 2}, {1, -2}), u}, {1, 5}, {1, 1.1, 3, 2.1, 5});
  expect_result(ScatterElements{1, ScatterReduction::none}, {x, twice, u}, {1, 5}, {1, 2.1, 3, 4, 5});
  expect_result(ScatterElements{1, ScatterReduction::add}, {x, twice, u}, {1, 5}, {1, 5.2, 3, 4, 5});
  expect_result(ScatterElements{1, ScatterReduction::mul}, {x, twice, u}, {1, 5}, {1, 4.62, 3, 4, 5});
  expect_result(ScatterElements{1, ScatterReduction::max}, {x, twice, u}, {1, 5}, {1, 2.1, 3, 4, 5});
  expect_result(ScatterElements{1, ScatterReduction::min}, {x, twice, u}, {1, 5}, {1, 1.1, 3, 4, 5});
  const HostTensor nan = f({1}, {std::nan("")}), one = f({1}, {1}), at = i({1}, {0});
  for (ScatterReduction reduction : {ScatterReduction::max, ScatterReduction::min}) {
    expect_result(ScatterElements{0, reduction}, {nan, at, one}, {1}, {std::nan("")});
    expect_result(ScatterElements{0, reduction}, {one, at, nan}, {1}, {std::nan("")});
  }
}

TEST(SuiteScatterElements, WhatIsRefused) {
  Suite suite("scatter_elements", {});
  for (double bad : {-4.0, 3.0, 2e9})
    suite.check_fault(
        {ScatterElements{0},
         {full("x", DType::f32, {3}, 0), make_tensor("i", DType::i32, {2}, {0, bad}), full("u", DType::f32, {2}, 1)}},
        ErrorCode::out_of_range);
  const auto refused = [](const char* data, const char* indices, const char* updates) {
    return is_refused(ScatterElements{0}, {type_of(data), type_of(indices), type_of(updates)});
  };
  EXPECT_TRUE(refused("f32[2, 3]", "i32[2, 4]", "f32[2, 4]"));
  EXPECT_TRUE(refused("f32[2, 3]", "i32[2, 2]", "f32[2, 3]"));
  EXPECT_TRUE(refused("f32[2, 3]", "i32[2, 2]", "f64[2, 2]"));
  EXPECT_TRUE(refused("f32[2, 3]", "i32[2, 2]", "f32[2]"));
  EXPECT_TRUE(refused("f32[2, 3]", "i8[2, 2]", "f32[2, 2]"));
  EXPECT_FALSE(refused("f32[2, 3]", "i32[n, 2]", "f32[m, 2]"));
}

}  // namespace
}  // namespace lathe::test
