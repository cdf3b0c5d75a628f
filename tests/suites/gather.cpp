#include <gtest/gtest.h>

#include "ops/gather.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

TEST(SuiteGather, RowsOfTables) {
  Random random(8);
  Suite suite("gather", {});
  for (DType type : {DType::f32, DType::bf16, DType::f16, DType::i64, DType::boolean, DType::f64, DType::i32,
                     DType::i16, DType::i8, DType::u64, DType::f8e4m3})
    for (DType index : {DType::i32, DType::i64})
      for (int64_t width : kWidths) {
        HostTensor table = random.integer_tensor("table", type, {37, width}, 0, 1);
        suite.check({ops::Gather{0}, {table, random.integer_tensor("ids", index, {2, 7}, 0, 36)}});
        suite.check({ops::Gather{0}, {table, random.integer_tensor("ids", index, {0}, 0, 36)}});
        suite.check({ops::Gather{0}, {table, random.integer_tensor("ids", index, {}, 0, 36)}});
      }
  suite.check_coverage();
}

TEST(SuiteGather, OtherAxes) {
  Random random(9);
  Suite suite("gather", {});
  for (DType index : {DType::i32, DType::i64}) {
    HostTensor data = random.normal_tensor("x", DType::f32, {3, 5, 7});
    for (int64_t axis : {0, 1, 2, -1, -3})
      suite.check({ops::Gather{axis}, {data, random.integer_tensor("ids", index, {4, 2}, 0, 2)}});
    suite.check({ops::Gather{0}, {random.normal_tensor("x", DType::f32, {9}), full("ids", index, {3}, 8)}});
  }
}

TEST(SuiteGather, NegativeIdsCountFromTheEnd) {
  Random random(11);
  Suite suite("gather", {});
  for (DType index : {DType::i32, DType::i64})
    for (int64_t axis : {0, 1, -1})
      for (DType type : {DType::f64, DType::f32, DType::bf16, DType::u8})
        suite.check(
            {ops::Gather{axis, true},
             {random.integer_tensor("x", type, {3, 4, 5}, 0, 9), random.integer_tensor("ids", index, {4, 2}, -3, 2)}});
  const HostTensor x = make_tensor("x", DType::f32, {3, 2}, {1, 2, 3, 4, 5, 6});
  expect_result(ops::Gather{0, true}, {x, make_tensor("i", DType::i64, {3}, {-1, 0, -3})}, {3, 2}, {5, 6, 1, 2, 1, 2});
  expect_result(ops::Gather{1, true}, {x, make_tensor("i", DType::i32, {}, {-2})}, {3}, {1, 3, 5});
  for (double bad : {-4.0, 3.0, 2e9, -2e9})
    for (DType index : {DType::i32, DType::i64})
      suite.check_fault({ops::Gather{0, true}, {x, make_tensor("ids", index, {3}, {0, bad, 1})}},
                        ErrorCode::out_of_range);
}

TEST(SuiteGather, IdsOutsideTheTable) {
  Random random(10);
  Suite suite("gather", {});
  HostTensor table = random.normal_tensor("table", DType::f32, {5, 8});
  for (double bad : {-1.0, 5.0, 2e9, -2e9})
    for (DType index : {DType::i32, DType::i64})
      suite.check_fault({ops::Gather{0}, {table, make_tensor("ids", index, {4}, {0, 4, bad, 1})}},
                        ErrorCode::out_of_range);
}

}  // namespace
}  // namespace lathe::test
