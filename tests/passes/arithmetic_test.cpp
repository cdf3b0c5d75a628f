#include "passes/arithmetic.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lathe::passes {
namespace {

using ops::BinaryKind;
constexpr std::nullopt_t kNothing = std::nullopt;

TEST(PassesArithmetic, NumbersThatTypesHold) {
  EXPECT_EQ(held(0.1, DType::f32), static_cast<double>(0.1f));
  EXPECT_EQ(held(-1e39, DType::f32), -HUGE_VAL);
  EXPECT_EQ(held(-1e39, DType::f64), -1e39);
  EXPECT_EQ(held(-1e9, DType::f16), -HUGE_VAL);
  EXPECT_EQ(held(257, DType::bf16), 256);
  EXPECT_EQ(held(NAN, DType::f32), kNothing);
  EXPECT_EQ(held(1, DType::f8e4m3), kNothing);
  EXPECT_EQ(held(127, DType::i8), 127);
  for (double x : {128.0, -129.0, 0.5, HUGE_VAL, 1e300}) EXPECT_EQ(held(x, DType::i8), kNothing) << x;
  EXPECT_EQ(held(255, DType::u8), 255);
  EXPECT_EQ(held(-1, DType::u64), kNothing);
  EXPECT_EQ(held(0x1p60, DType::i64), kNothing) << "whole numbers of a double";
  EXPECT_EQ(held(2, DType::boolean), kNothing);
  EXPECT_EQ(held(1, DType::i4), kNothing);
}

TEST(PassesArithmetic, OfElements) {
  EXPECT_EQ(computed(BinaryKind::div, 1, 2, DType::i64), 0);
  EXPECT_EQ(computed(BinaryKind::div, -7, 2, DType::i32), -3);
  EXPECT_EQ(computed(BinaryKind::div, 7, 0, DType::i32), 0);
  EXPECT_EQ(computed(BinaryKind::div, 1, 2, DType::f32), 0.5);
  EXPECT_EQ(computed(BinaryKind::div, 0, 0, DType::f32), kNothing);
  EXPECT_EQ(computed(BinaryKind::mul, 16, 16, DType::u8), kNothing);
  EXPECT_EQ(computed(BinaryKind::sub, 1, 2, DType::u32), kNothing);
  EXPECT_EQ(computed(BinaryKind::add, 0x1p24, 1, DType::f32), 0x1p24);
  EXPECT_EQ(computed(BinaryKind::pow, 2, 2, DType::f32), kNothing);
}

TEST(PassesArithmetic, IntegersWithinOthers) {
  EXPECT_TRUE(holds_all(DType::i64, DType::i32));
  EXPECT_TRUE(holds_all(DType::i32, DType::u16));
  EXPECT_TRUE(holds_all(DType::u8, DType::boolean));
  EXPECT_FALSE(holds_all(DType::i32, DType::i64));
  EXPECT_FALSE(holds_all(DType::u64, DType::i8));
  EXPECT_FALSE(holds_all(DType::i8, DType::u8));
}

}  // namespace
}  // namespace lathe::passes
