#include <gtest/gtest.h>

#include "ops/gather_nd.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::GatherNd;

TEST(SuiteGatherNd, ShapesAndTypes) {
  Random random(68);
  Suite suite("gather_nd", {});
  for (DType type : {DType::f64, DType::f32, DType::bf16, DType::i64, DType::i16, DType::u8, DType::boolean})
    for (DType index : {DType::i32, DType::i64}) {
      const HostTensor data = random.integer_tensor("x", type, {3, 4, 5}, 0, 1);
      for (int64_t m : {0, 1, 2, 3})
        for (const Shape& rows : {Shape{}, Shape{7}, Shape{2, 3}, Shape{0}}) {
          Shape shape = rows;
          shape.push_back(m);
          suite.check({GatherNd{0}, {data, random.integer_tensor("i", index, shape, -3, 2)}});
        }
      suite.check({GatherNd{1}, {data, random.integer_tensor("i", index, {3, 2}, -4, 3)}});
      suite.check({GatherNd{1}, {data, random.integer_tensor("i", index, {3, 6, 1}, -4, 3)}});
      suite.check({GatherNd{2}, {data, random.integer_tensor("i", index, {3, 4, 1}, -5, 4)}});
    }
  suite.check_coverage();
}

TEST(SuiteGatherNd, Numbers) {
  // The examples of the ONNX page.
  const HostTensor x = make_tensor("x", DType::f32, {2, 2}, {0, 1, 2, 3});
  expect_result(GatherNd{0}, {x, make_tensor("i", DType::i64, {2, 2}, {0, 0, 1, -1})}, {2}, {0, 3});
  expect_result(GatherNd{0}, {x, make_tensor("i", DType::i64, {2, 1}, {1, 0})}, {2, 2}, {2, 3, 0, 1});
  const HostTensor z = make_tensor("x", DType::f32, {2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  expect_result(GatherNd{0}, {z, make_tensor("i", DType::i64, {2, 1, 2}, {0, 1, 1, 0})}, {2, 1, 2}, {2, 3, 4, 5});
  expect_result(GatherNd{1}, {z, make_tensor("i", DType::i64, {2, 1}, {1, 0})}, {2, 2}, {2, 3, 4, 5});
}

TEST(SuiteGatherNd, WhatIsRefused) {
  Suite suite("gather_nd", {});
  for (double bad : {-3.0, 2.0, 2e9})
    suite.check_fault({GatherNd{0}, {full("x", DType::f32, {3, 2}, 0), make_tensor("i", DType::i32, {1, 2}, {0, bad})}},
                      ErrorCode::out_of_range);
  const auto refused = [](const char* data, const char* indices, int64_t batch = 0) {
    return is_refused(GatherNd{batch}, {type_of(data), type_of(indices)});
  };
  EXPECT_TRUE(refused("f32[2, 3]", "i32[3]"));
  EXPECT_TRUE(refused("f32[2, 3]", "i32[n]"));
  EXPECT_TRUE(refused("f32[2, 3]", "i32[]"));
  EXPECT_TRUE(refused("f32[2, 3]", "f32[2]"));
  EXPECT_TRUE(refused("f32[2, 3]", "i32[3, 1]", 1));
  for (int64_t batch : {int64_t{-1}, int64_t{2}, INT64_MIN, INT64_MAX})
    EXPECT_TRUE(refused("f32[2, 3]", "i32[2, 1]", batch));
}

}  // namespace
}  // namespace lathe::test
