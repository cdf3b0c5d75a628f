#include "base/dim.h"

#include <gtest/gtest.h>

namespace lathe {
namespace {

TEST(BaseDim, RisingFormsAreSeen) {
  for (const char* text : {"0", "7", "n", "n + 1", "3*n*m + n + 2", "ceildiv(n, 16)", "floordiv(n*m, 4) + m",
                           "min(n, 512)", "max(n, m + 1)", "16*ceildiv(min(n, m), 16)"})
    EXPECT_TRUE(Dim::parse(text).is_rising()) << text;
}

TEST(BaseDim, WhatMayFallOrBeNegativeIsNot) {
  for (const char* text : {"-1", "n - 1", "9 - n", "m - n", "n*m - n", "ceildiv(16, n)", "floordiv(n, 0)",
                           "floordiv(n, -2)", "min(n, -3)", "max(n, 5 - m)", "n*min(m, 5 - m)"})
    EXPECT_FALSE(Dim::parse(text).is_rising()) << text;
}

TEST(BaseDim, ARisingFormIsBoundedByItsBound) {
  const Dim d = Dim::parse("16*ceildiv(min(n, m), 16) + floordiv(n*m, 4)");
  auto at = [&](int64_t n, int64_t m) {
    return d.evaluate([&](std::string_view name) { return name == "n" ? n : m; });
  };
  for (int64_t n = 0; n < 40; ++n)
    for (int64_t m = 0; m < 40; ++m) {
      EXPECT_LE(at(n, m), at(n + 1, m));
      EXPECT_LE(at(n, m), at(n, m + 1));
    }
}

}  // namespace
}  // namespace lathe
