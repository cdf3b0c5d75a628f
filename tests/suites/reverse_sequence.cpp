#include <gtest/gtest.h>

#include <utility>

#include "ops/reverse_sequence.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::ReverseSequence;

TEST(SuiteReverseSequence, AxesAndTypes) {
  Random random(66);
  Suite suite("reverse_sequence", {});
  for (DType type : {DType::f64, DType::f32, DType::bf16, DType::i64, DType::i16, DType::u8, DType::boolean})
    for (DType index : {DType::i32, DType::i64})
      for (const auto& [time, batch] :
           std::vector<std::pair<int64_t, int64_t>>{{0, 1}, {1, 0}, {2, 0}, {0, -1}, {-2, -1}}) {
        const Shape shape{4, 5, 6};
        const int64_t steps = shape[static_cast<int>(time)], count = shape[static_cast<int>(batch)];
        suite.check(
            {ReverseSequence{time, batch},
             {random.integer_tensor("x", type, shape, 0, 1), random.integer_tensor("n", index, {count}, 0, steps)}});
      }
  suite.check({ReverseSequence{0, 1}, {full("x", DType::f32, {0, 3}, 0), full("n", DType::i64, {3}, 0)}});
  suite.check({ReverseSequence{0, 1}, {full("x", DType::f32, {3, 0}, 0), full("n", DType::i64, {0}, 0)}});
  suite.check_coverage();
}

TEST(SuiteReverseSequence, Numbers) {
  // The examples of the ONNX page.
  const HostTensor x = make_tensor("x", DType::f32, {4, 4}, {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15});
  expect_result(ReverseSequence{0, 1}, {x, make_tensor("n", DType::i64, {4}, {4, 3, 2, 1})}, {4, 4},
                {3, 6, 9, 12, 2, 5, 8, 13, 1, 4, 10, 14, 0, 7, 11, 15});
  const HostTensor z = make_tensor("x", DType::f32, {4, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
  expect_result(ReverseSequence{1, 0}, {z, make_tensor("n", DType::i32, {4}, {1, 2, 3, 4})}, {4, 4},
                {0, 1, 2, 3, 5, 4, 6, 7, 10, 9, 8, 11, 15, 14, 13, 12});
}

TEST(SuiteReverseSequence, WhatIsRefused) {
  Suite suite("reverse_sequence", {});
  for (double bad : {-1.0, 4.0, 2e9})
    suite.check_fault(
        {ReverseSequence{0, 1}, {full("x", DType::f32, {3, 2}, 0), make_tensor("n", DType::i32, {2}, {1, bad})}},
        ErrorCode::out_of_range);
  EXPECT_TRUE(is_refused(ReverseSequence{0, -2}, {type_of("f32[2, 3]"), type_of("i32[2]")}));
  EXPECT_TRUE(is_refused(ReverseSequence{0, 2}, {type_of("f32[2, 3]"), type_of("i32[2]")}));
  EXPECT_TRUE(is_refused(ReverseSequence{0, 1}, {type_of("f32[2, 3]"), type_of("i32[2]")}));
  EXPECT_TRUE(is_refused(ReverseSequence{0, 1}, {type_of("f32[2, 3]"), type_of("f32[3]")}));
}

}  // namespace
}  // namespace lathe::test
