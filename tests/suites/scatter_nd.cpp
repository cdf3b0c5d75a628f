#include <gtest/gtest.h>

#include "ops/scatter_nd.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::ScatterNd;
using ops::ScatterReduction;

TEST(SuiteScatterNd, ShapesAndTypes) {
  Random random(70);
  Suite suite("scatter_nd", {});
  for (DType type :
       {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i16, DType::u64, DType::u8, DType::boolean})
    for (ScatterReduction reduction : {ScatterReduction::none, ScatterReduction::add, ScatterReduction::mul,
                                       ScatterReduction::max, ScatterReduction::min})
      for (int m : {0, 1, 2, 3}) {
        const Shape data{3, 4, 5};
        for (const Shape& rows : {Shape{}, Shape{4}, Shape{2, 1}, Shape{0}}) {
          Shape indices = rows, updates = rows;
          indices.push_back(m);
          for (int d = m; d < 3; ++d) updates.push_back(data[d]);
          suite.check({ScatterNd{reduction},
                       {random.integer_tensor("x", type, data, 0, 1),
                        random.integer_tensor("i", m == 1 ? DType::i32 : DType::i64, indices, -3, 2),
                        random.integer_tensor("u", type, updates, 0, 2)}});
        }
      }
  suite.check_coverage();
}

TEST(SuiteScatterNd, Numbers) {
  // The first example of the ONNX page.
  const HostTensor x = make_tensor("x", DType::f32, {8}, {1, 2, 3, 4, 5, 6, 7, 8});
  expect_result(
      ScatterNd{},
      {x, make_tensor("i", DType::i64, {4, 1}, {4, 3, 1, -1}), make_tensor("u", DType::f32, {4}, {9, 10, 11, 12})}, {8},
      {1, 11, 3, 10, 9, 6, 7, 12});
  const HostTensor z = make_tensor("x", DType::i32, {2, 2}, {1, 2, 3, 4}),
                   i = make_tensor("i", DType::i64, {2, 1}, {1, 1}),
                   u = make_tensor("u", DType::i32, {2, 2}, {5, 6, 7, 0});
  expect_result(ScatterNd{ScatterReduction::none}, {z, i, u}, {2, 2}, {1, 2, 7, 0});
  expect_result(ScatterNd{ScatterReduction::add}, {z, i, u}, {2, 2}, {1, 2, 15, 10});
  expect_result(ScatterNd{ScatterReduction::mul}, {z, i, u}, {2, 2}, {1, 2, 105, 0});
  expect_result(ScatterNd{ScatterReduction::max}, {z, i, u}, {2, 2}, {1, 2, 7, 6});
  expect_result(ScatterNd{ScatterReduction::min}, {z, i, u}, {2, 2}, {1, 2, 3, 0});
}

TEST(SuiteScatterNd, WhatIsRefused) {
  Suite suite("scatter_nd", {});
  for (double bad : {-3.0, 2.0, 2e9})
    suite.check_fault({ScatterNd{},
                       {full("x", DType::f32, {3, 2}, 0), make_tensor("i", DType::i32, {1, 2}, {0, bad}),
                        full("u", DType::f32, {1}, 1)}},
                      ErrorCode::out_of_range);
  const auto refused = [](const char* data, const char* indices, const char* updates) {
    return is_refused(ScatterNd{}, {type_of(data), type_of(indices), type_of(updates)});
  };
  EXPECT_TRUE(refused("f32[2, 3]", "i32[4, 3]", "f32[4]"));
  EXPECT_TRUE(refused("f32[2, 3]", "i32[4, 1]", "f32[4, 2]"));
  EXPECT_TRUE(refused("f32[2, 3]", "i32[4, 1]", "f32[4]"));
  EXPECT_TRUE(refused("f32[2, 3]", "i32[4, 1]", "f64[4, 3]"));
  EXPECT_TRUE(refused("f32[2, 3]", "i32[4, n]", "f32[4]"));
  EXPECT_FALSE(refused("f32[2, 3]", "i32[n, 1]", "f32[m, 3]"));
}

}  // namespace
}  // namespace lathe::test
