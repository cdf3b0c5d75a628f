// Full lower case against what Python's str.lower() gives.
#include <gtest/gtest.h>

#include "text/unicode.h"

namespace lathe::text {
namespace {

TEST(TextLower, AsPythonDoesIt) {
  EXPECT_EQ(lower("Paris IS É Ü"), "paris is é ü");
  EXPECT_EQ(lower("\u00c9"), "\u00e9");
  EXPECT_EQ(lower("E\u0301"), "e\u0301");
  EXPECT_EQ(lower("İstanbul"), "i\u0307stanbul");
  EXPECT_EQ(lower("ΣΊΣΥΦΟΣ ΣΑΣ"), "σίσυφος σας");
  EXPECT_EQ(lower("Σ"), "σ");
  EXPECT_EQ(lower("ΑΣ\u0301. ΑΣ'Α ΑΣ1"), "ας\u0301. ασ'α ας1");
  EXPECT_EQ(lower("ǅ ẞ Ⅷ Ⓐ"), "ǆ ß ⅷ ⓐ");
  EXPECT_EQ(lower(""), "");
}

}  // namespace
}  // namespace lathe::text
