#include "ops/ragged_softmax.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::RaggedSoftmax;

TEST(SuiteRaggedSoftmax, ShapesAndLengths) {
  Random random(70);
  Suite suite("ragged_softmax", {.f32 = 2e-6});
  for (DType type : kFloats)
    for (DType index : {DType::i32, DType::i64}) {
      suite.check(
          {RaggedSoftmax{},
           {random.normal_tensor("x", type, {4, 7}, 0, 3), make_tensor("lengths", index, {4, 1}, {0, 7, 3, 1})}});
      suite.check({RaggedSoftmax{},
                   {random.normal_tensor("x", type, {2, 3, 5}, 0, 3),
                    random.integer_tensor("lengths", index, {2, 3, 1}, 0, 5)}});
      suite.check({RaggedSoftmax{}, {full("x", type, {3, 0}, 0), full("lengths", index, {3, 1}, 0)}});
      suite.check({RaggedSoftmax{}, {full("x", type, {5}, 0), full("lengths", index, {1}, 2)}});
    }
  suite.check_coverage();
}

TEST(SuiteRaggedSoftmax, Numbers) {
  const HostTensor x = make_tensor("x", DType::f64, {3, 3}, {0, std::log(3.0), NAN, 5, 5, 5, NAN, 1, 1});
  expect_numbers({RaggedSoftmax{}, {x, make_tensor("lengths", DType::i32, {3, 1}, {2, 1, 2})}},
                 {{0.25, 0.75, 0, 1, 0, 0, NAN, NAN, 0}});
}

TEST(SuiteRaggedSoftmax, FaultsAndRefusals) {
  Suite suite("ragged_softmax", {});
  for (double bad : {-1.0, 4.0, 2e9})
    suite.check_fault(
        {RaggedSoftmax{}, {full("x", DType::f32, {2, 3}, 0), make_tensor("l", DType::i32, {2, 1}, {3, bad})}},
        ErrorCode::out_of_range);
  const ops::TensorType x{DType::f32, {2, 3}};
  expect_refusal(RaggedSoftmax{}, {x}, "2 inputs");
  expect_refusal(RaggedSoftmax{}, {x, {DType::i32, {2}}}, "lengths");
  expect_refusal(RaggedSoftmax{}, {x, {DType::i32, {3, 1}}}, "lengths");
  expect_refusal(RaggedSoftmax{}, {x, {DType::f32, {2, 1}}}, "i32 or i64");
  expect_refusal(RaggedSoftmax{}, {{DType::f32, {}}, {DType::i32, {}}}, "lengths");
}

}  // namespace
}  // namespace lathe::test
