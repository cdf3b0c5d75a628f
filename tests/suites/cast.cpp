#include <gtest/gtest.h>

#include <cmath>

#include "ops/cast.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

constexpr DType kAll[] = {DType::f64, DType::f32, DType::f16,     DType::bf16,   DType::i64,
                          DType::i32, DType::i16, DType::i8,      DType::u64,    DType::u32,
                          DType::u16, DType::u8,  DType::boolean, DType::f8e4m3, DType::f8e5m2};

TEST(SuiteCast, EveryPair) {
  Random random(5);
  Suite suite("cast", {});
  for (DType from : kAll)
    for (DType to : kAll) {
      suite.check({ops::Cast{to}, {random.integer_tensor("x", from, {3, 19}, 0, from == DType::boolean ? 1 : 100)}});
      suite.check({ops::Cast{to}, {random.integer_tensor("x", from, {0}, 0, 1)}});
    }
  suite.check_coverage();
}

TEST(SuiteCast, FloatsRoundToNearestEven) {
  Random random(6);
  Suite suite("cast", {.f32 = 6e-8});
  for (DType from : kFloats)
    for (DType to : kFloats)
      for (int64_t width : kWidths) suite.check({ops::Cast{to}, {random.normal_tensor("x", from, {3, width})}});
  // Between two neighbours in bfloat16 the even one is nearer by rule: 1 + 1/256 -> 1, 1 + 3/256 -> 1 + 1/64.
  suite.check({ops::Cast{DType::bf16}, {make_tensor("x", DType::f32, {2}, {1.00390625, 1.01171875})}});
}

TEST(SuiteCast, FloatsToWholeNumbersTruncate) {
  Suite suite("cast", {});
  for (DType from : kFloats)
    for (DType to : {DType::i64, DType::i32, DType::i8, DType::boolean})
      suite.check({ops::Cast{to}, {make_tensor("x", from, {6}, {-1.75, -0.5, 0, 0.5, 1.75, 100})}});
}

TEST(SuiteCast, WhatIsBeyondIsTheNearest) {
  const double nan = std::nan(""), inf = HUGE_VAL;
  const HostTensor x = make_tensor("x", DType::f32, {6}, {300, -300, 1e20, -inf, inf, nan});
  expect_result(ops::Cast{DType::i8}, {x}, {6}, {127, -128, 127, -128, 127, 0});
  expect_result(ops::Cast{DType::u8}, {x}, {6}, {255, 0, 255, 0, 255, 0});
  expect_result(ops::Cast{DType::i32}, {x}, {6}, {300, -300, 2147483647, -2147483648.0, 2147483647, 0});
  EXPECT_EQ(whole_numbers(computed(ops::Cast{DType::i64}, {x})[0]),
            (std::vector<int64_t>{300, -300, INT64_MAX, INT64_MIN, INT64_MAX, 0}));
  expect_result(ops::Cast{DType::boolean}, {x}, {6}, {1, 1, 1, 1, 1, 1});
  expect_result(ops::Cast{DType::i8}, {make_tensor("x", DType::i32, {3}, {128, 511, -129})}, {3}, {-128, -1, 127});
}

/// Just above half way between two 16-bit floats, as the double tells and the float no longer does.
TEST(SuiteCast, DoublesRoundOnce) {
  const auto cast = [](double x, DType to) {
    return to_doubles(computed(ops::Cast{to}, {make_tensor("x", DType::f64, {1}, {x})})[0])[0];
  };
  EXPECT_EQ(cast(1 + 0x1p-11 + 0x1p-40, DType::f16), 1 + 0x1p-10);
  EXPECT_EQ(cast(1 + 0x1p-11, DType::f16), 1);
  EXPECT_EQ(cast(1 + 3 * 0x1p-11 - 0x1p-40, DType::f16), 1 + 0x1p-10);
  EXPECT_EQ(cast(-(1 + 0x1p-8 + 0x1p-40), DType::bf16), -(1 + 0x1p-7));
  EXPECT_EQ(cast(1 + 0x1p-4 + 0x1p-40, DType::f8e4m3), 1.125);
  EXPECT_EQ(cast(0x1p-25 + 0x1p-70, DType::f16), 0x1p-24);
  EXPECT_EQ(cast(1e300, DType::f16), HUGE_VAL);
  EXPECT_EQ(cast(-1e300, DType::bf16), -HUGE_VAL);
  EXPECT_EQ(cast(1e-300, DType::bf16), 0);
}

/// The table of ONNX Cast.
TEST(SuiteCast, EightBitFloatsMayOverflow) {
  const double nan = std::nan(""), inf = HUGE_VAL;
  const HostTensor x = make_tensor("x", DType::f32, {9}, {448, 464, 465, -465, inf, -inf, nan, -448, 0.3});
  expect_result(ops::Cast{DType::f8e4m3, true}, {x}, {9}, {448, 448, 448, -448, 448, -448, nan, -448, 0.3125});
  expect_result(ops::Cast{DType::f8e4m3, false}, {x}, {9}, {448, 448, nan, nan, nan, nan, nan, -448, 0.3125});
  const HostTensor z = make_tensor("x", DType::f32, {7}, {57344, 61439, 61440, -61440, inf, -inf, nan});
  expect_result(ops::Cast{DType::f8e5m2, true}, {z}, {7}, {57344, 57344, 57344, -57344, 57344, -57344, nan});
  expect_result(ops::Cast{DType::f8e5m2, false}, {z}, {7}, {57344, 57344, inf, -inf, inf, -inf, nan});
  Suite suite("cast", {});
  for (DType to : {DType::f8e4m3, DType::f8e5m2})
    suite.check({ops::Cast{to, false}, {make_tensor("x", DType::f32, {2, 2}, {1, 1e6, -1e6, 3})}});
}

}  // namespace
}  // namespace lathe::test
