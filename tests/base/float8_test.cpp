#include "base/float8.h"

#include <gtest/gtest.h>

#include <vector>

namespace lathe {
namespace {

TEST(BaseFloat8, KnownNumbers) {
  EXPECT_EQ(f8_to_f32(0x7e, kE4M3), 448);
  EXPECT_EQ(f8_to_f32(0x01, kE4M3), std::ldexp(1.0f, -9));
  EXPECT_EQ(f8_to_f32(0x38, kE4M3), 1);
  EXPECT_TRUE(std::isnan(f8_to_f32(0x7f, kE4M3)));
  EXPECT_EQ(f8_to_f32(0x7b, kE5M2), 57344);
  EXPECT_EQ(f8_to_f32(0x01, kE5M2), std::ldexp(1.0f, -16));
  EXPECT_EQ(f8_to_f32(0xbc, kE5M2), -1);
  EXPECT_TRUE(std::isinf(f8_to_f32(0x7c, kE5M2)));
  EXPECT_TRUE(std::isnan(f8_to_f32(0x7d, kE5M2)));
  EXPECT_EQ(f32_to_f8(1e9f, kE4M3), 0x7e);
  EXPECT_EQ(f32_to_f8(-INFINITY, kE5M2), 0xfb);
  EXPECT_EQ(f32_to_f8(-0.0f, kE4M3), 0x80);
  EXPECT_TRUE(std::isnan(f8_to_f32(f32_to_f8(NAN, kE5M2), kE5M2)));
}

/// Every code comes back; what lies between two neighbours goes to the nearer, in the middle to the even one.
TEST(BaseFloat8, NearestEven) {
  for (const Float8Form& form : {kE4M3, kE5M2})
    for (int code = 0; code <= form.largest; ++code) {
      const auto bits = static_cast<uint8_t>(code);
      const float x = f8_to_f32(bits, form);
      EXPECT_EQ(f32_to_f8(x, form), bits);
      EXPECT_EQ(f32_to_f8(-x, form), bits | 0x80);
      if (code == form.largest) continue;
      const float next = f8_to_f32(static_cast<uint8_t>(code + 1), form), middle = (x + next) / 2;
      EXPECT_GT(next, x);
      EXPECT_EQ(f32_to_f8(std::nextafter(middle, x), form), code);
      EXPECT_EQ(f32_to_f8(std::nextafter(middle, next), form), code + 1);
      EXPECT_EQ(f32_to_f8(middle, form), code % 2 == 0 ? code : code + 1);
    }
}

}  // namespace
}  // namespace lathe
