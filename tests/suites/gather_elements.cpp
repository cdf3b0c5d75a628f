#include <gtest/gtest.h>

#include "ops/gather_elements.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::GatherElements;

TEST(SuiteGatherElements, AxesAndTypes) {
  Random random(67);
  Suite suite("gather_elements", {});
  for (DType type : {DType::f64, DType::f32, DType::bf16, DType::i64, DType::i16, DType::u8, DType::boolean})
    for (DType index : {DType::i32, DType::i64})
      for (int64_t axis : {0, 1, 2, -1}) {
        const HostTensor data = random.integer_tensor("x", type, {3, 4, 5}, 0, 1);
        suite.check({GatherElements{axis}, {data, random.integer_tensor("i", index, {3, 4, 5}, -3, 2)}});
        suite.check({GatherElements{axis}, {data, random.integer_tensor("i", index, {2, 1, 4}, -3, 2)}});
        suite.check({GatherElements{axis}, {data, random.integer_tensor("i", index, {0, 4, 1}, 0, 2)}});
      }
  suite.check({GatherElements{1}, {full("x", DType::f32, {3, 2}, 1), full("i", DType::i32, {2, 7}, 1)}});
  suite.check_coverage();
}

TEST(SuiteGatherElements, Numbers) {
  // The examples of the ONNX page.
  const HostTensor x = make_tensor("x", DType::f32, {2, 2}, {1, 2, 3, 4});
  expect_result(GatherElements{1}, {x, make_tensor("i", DType::i64, {2, 2}, {0, 0, 1, 0})}, {2, 2}, {1, 1, 4, 3});
  const HostTensor z = make_tensor("x", DType::f32, {3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  expect_result(GatherElements{0}, {z, make_tensor("i", DType::i64, {2, 3}, {-1, -2, 0, -2, 0, 0})}, {2, 3},
                {7, 5, 3, 4, 2, 3});
}

TEST(SuiteGatherElements, WhatIsRefused) {
  Suite suite("gather_elements", {});
  for (double bad : {-4.0, 3.0, 2e9})
    suite.check_fault({GatherElements{0}, {full("x", DType::f32, {3}, 0), make_tensor("i", DType::i32, {2}, {0, bad})}},
                      ErrorCode::out_of_range);
  suite.check_fault({GatherElements{0}, {full("x", DType::f32, {0}, 0), full("i", DType::i64, {1}, 0)}},
                    ErrorCode::out_of_range);
  const auto refused = [](const char* data, const char* indices, int64_t axis = 0) {
    return is_refused(GatherElements{axis}, {type_of(data), type_of(indices)});
  };
  EXPECT_TRUE(refused("f32[2, 3]", "i32[2]"));
  EXPECT_TRUE(refused("f32[2, 3]", "i32[2, 4]"));
  EXPECT_FALSE(refused("f32[2, 3]", "i32[9, n]"));
  EXPECT_TRUE(refused("f32[2]", "f32[2]"));
  EXPECT_TRUE(refused("f32[2]", "i32[2]", INT64_MIN));
  EXPECT_TRUE(refused("f32[]", "i32[]"));
}

}  // namespace
}  // namespace lathe::test
