#include "ops/pad.h"

#include <gtest/gtest.h>

#include <cmath>

#include "backends/reference/evaluate.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

TEST(SuitePad, BeforeAndAfter) {
  Random random(33);
  Suite suite("pad", {});
  for (DType type : {DType::f32, DType::bf16, DType::i64, DType::boolean}) {
    const auto x = [&](const Shape& shape) { return random.integer_tensor("x", type, shape, 0, 1); };
    suite.check({ops::Pad{{1, 2}, {3, 0}, 1}, {x({4, 5})}});
    suite.check({ops::Pad{{0, 0, 0}, {0, 1, 2}, 0}, {x({2, 3, 4})}});
    suite.check({ops::Pad{{2}, {2}, 1}, {x({0})}});
    suite.check({ops::Pad{{0, 1}, {0, 1}, 1}, {x({3, 0})}});
    suite.check({ops::Pad{{}, {}, 1}, {x({})}});
  }
  suite.check_coverage();
}

TEST(SuitePad, Numbers) {
  const HostTensor x = make_tensor("x", DType::f32, {2, 2}, {1, 2, 3, 4});
  const backends::reference::Tensor y = backends::reference::evaluate(
      ops::Pad{{1, 0}, {0, 1}, -1}, std::vector<backends::reference::Tensor>{{x.dtype, x.shape, x.data}})[0];
  EXPECT_EQ(to_doubles({"y", y.dtype, y.shape, y.data}), (std::vector<double>{-1, -1, -1, 1, 2, -1, 3, 4, -1}));
}

TEST(SuitePad, Modes) {
  Random random(34);
  Suite suite("pad", {});
  for (ops::PadMode mode : {ops::PadMode::edge, ops::PadMode::reflect, ops::PadMode::wrap})
    for (DType type : {DType::f64, DType::f32, DType::bf16, DType::i64, DType::i16, DType::u8, DType::boolean}) {
      const auto x = [&](const Shape& shape) { return random.integer_tensor("x", type, shape, 0, 1); };
      suite.check({ops::Pad{{1, 2}, {3, 0}, 0, mode}, {x({4, 5})}});
      suite.check({ops::Pad{{7, 0, 5}, {6, 1, 2}, 0, mode}, {x({2, 3, 1})}});
      suite.check({ops::Pad{{0}, {0}, 0, mode}, {x({0})}});
      suite.check({ops::Pad{{0, 2}, {0, 1}, 0, mode}, {x({0, 3})}});
      suite.check({ops::Pad{{}, {}, 0, mode}, {x({})}});
    }
}

TEST(SuitePad, NumbersOfModes) {
  const HostTensor x = make_tensor("x", DType::f32, {3}, {1, 2, 3}),
                   m = make_tensor("x", DType::i32, {2, 2}, {1, 2, 3, 4});
  // numpy.pad
  using ops::PadMode;
  expect_result(ops::Pad{{2}, {1}, 9, PadMode::edge}, {x}, {6}, {1, 1, 1, 2, 3, 3});
  expect_result(ops::Pad{{2}, {1}, 9, PadMode::reflect}, {x}, {6}, {3, 2, 1, 2, 3, 2});
  expect_result(ops::Pad{{5}, {6}, 9, PadMode::reflect}, {x}, {14}, {2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2, 1});
  expect_result(ops::Pad{{4}, {5}, 9, PadMode::wrap}, {x}, {12}, {3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2});
  expect_result(ops::Pad{{1, 1}, {0, 1}, 0, PadMode::wrap}, {m}, {3, 4}, {4, 3, 4, 3, 2, 1, 2, 1, 4, 3, 4, 3});
  expect_result(ops::Pad{{1, 1}, {0, 1}, 0, PadMode::reflect}, {m}, {3, 4}, {4, 3, 4, 3, 2, 1, 2, 1, 4, 3, 4, 3});
  expect_result(ops::Pad{{3}, {1}, 0, PadMode::reflect}, {make_tensor("x", DType::u8, {1}, {7})}, {5}, {7, 7, 7, 7, 7});
  expect_result(ops::Pad{{1}, {1}, -HUGE_VAL}, {x}, {5}, {-HUGE_VAL, 1, 2, 3, -HUGE_VAL});
}

TEST(SuitePad, WhatIsRefused) {
  for (ops::PadMode mode : {ops::PadMode::edge, ops::PadMode::reflect, ops::PadMode::wrap})
    EXPECT_TRUE(is_refused(ops::Pad{{1}, {0}, 0, mode}, {type_of("f32[0]")}));
  for (int64_t before : {int64_t{-1}, INT64_MIN}) EXPECT_TRUE(is_refused(ops::Pad{{before}, {9}}, {type_of("f32[2]")}));
  EXPECT_TRUE(is_refused(ops::Pad{{1, 1}, {0}}, {type_of("f32[2, 2]")}));
}

}  // namespace
}  // namespace lathe::test
