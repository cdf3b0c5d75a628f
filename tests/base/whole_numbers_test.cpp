#include "base/whole_numbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/half.h"
#include "lathe/error.h"

namespace lathe {
namespace {

template <class T>
std::vector<int32_t> converted(DType type, const std::vector<T>& values, bool mask = false) {
  std::vector<int32_t> out(values.size());
  const Shape shape = {static_cast<int64_t>(values.size())};
  (mask ? mask_to_i32 : to_i32)("x", type, shape, values.data(), out.data());
  return out;
}

template <class T>
std::string refusal(DType type, T value, bool mask = false) {
  try {
    converted<T>(type, {T(1), value}, mask);
  } catch (const Error& error) {
    return error.what();
  }
  return "taken";
}

template <class T>
void whole(DType type) {
  using Limits = std::numeric_limits<T>;
  const T low = std::is_signed_v<T> ? T(-1) : T(0), high = sizeof(T) < 4 ? Limits::max() : T(INT32_MAX);
  EXPECT_EQ(converted<T>(type, {0, low, 7, high}),
            (std::vector<int32_t>{0, static_cast<int32_t>(low), 7, static_cast<int32_t>(high)}));
  EXPECT_EQ(converted<T>(type, {0, 7, high}, true), (std::vector<int32_t>{0, 1, 1}));
  if (std::is_signed_v<T>) {
    EXPECT_TRUE(refusal(type, low, true).starts_with("x[1]: -1 is no value of a mask"));
  }
  if (sizeof(T) > 4) {
    EXPECT_NE(refusal(type, Limits::max()).find(std::to_string(Limits::max())), std::string::npos);
    EXPECT_NE(refusal(type, Limits::min()) == "taken", std::is_signed_v<T>);
  }
}

TEST(BaseWholeNumbers, OfIntegers) {
  whole<int64_t>(DType::i64), whole<int32_t>(DType::i32), whole<int16_t>(DType::i16), whole<int8_t>(DType::i8);
  whole<uint64_t>(DType::u64), whole<uint16_t>(DType::u16), whole<uint8_t>(DType::u8), whole<uint8_t>(DType::boolean);
  EXPECT_TRUE(refusal<uint32_t>(DType::u32, 0x80000000u).starts_with("x[1]: 2147483648 does not fit 32 bits"));
}

template <class T>
void floats(DType type) {
  EXPECT_EQ(converted<T>(type, {0, T(-2147483648.0), T(-3), T(1 << 20), T(-0.0)}),
            (std::vector<int32_t>{0, INT32_MIN, -3, 1 << 20, 0}));
  EXPECT_EQ(converted<T>(type, {0, T(0.25), T(-0.0), T(INFINITY)}, true), (std::vector<int32_t>{0, 1, 0, 1}));
  for (const T bad : {T(0.5), T(NAN), T(INFINITY), T(-INFINITY)})
    EXPECT_NE(refusal(type, bad).find("is no whole number"), std::string::npos) << bad;
  for (const T bad : {T(2147483648.0), T(-4294967296.0), T(1e30)})
    EXPECT_NE(refusal(type, bad).find("does not fit 32 bits"), std::string::npos) << bad;
  for (const T bad : {T(-0.5), T(-INFINITY), T(NAN)})
    EXPECT_NE(refusal(type, bad, true).find("is no value of a mask"), std::string::npos) << bad;
}

TEST(BaseWholeNumbers, OfFloats) {
  floats<double>(DType::f64), floats<float>(DType::f32);
  EXPECT_EQ(converted<double>(DType::f64, {2147483647.0}), std::vector<int32_t>{INT32_MAX});
  EXPECT_EQ(converted<uint16_t>(DType::f16, {f32_to_f16(12), f32_to_f16(-1)}), (std::vector<int32_t>{12, -1}));
  EXPECT_EQ(converted<uint16_t>(DType::bf16, {f32_to_bf16(12), f32_to_bf16(-1)}), (std::vector<int32_t>{12, -1}));
}

TEST(BaseWholeNumbers, NamesOfElements) {
  EXPECT_EQ(element_name("x", {2, 3}, 5), "x[1, 2]");
  EXPECT_EQ(element_name("x", {}, 0), "x");
  EXPECT_EQ(element_name("x", {4}, 3), "x[3]");
}

}  // namespace
}  // namespace lathe
