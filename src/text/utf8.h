#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace lathe::text {

/// Position of the first byte that is not part of well-formed UTF-8 (surrogates and overlong forms are not);
/// npos when there is none.
size_t find_invalid_utf8(std::string_view text);

/// Each maximal ill-formed part becomes one U+FFFD, as in the Unicode standard's recommended practice.
std::string replace_invalid_utf8(std::string_view text);

/// The code points of well-formed text.
size_t count_code_points(std::string_view text);

/// The code point at `p`, which is moved behind it; the text must be well-formed.
inline char32_t next_code_point(const char*& p) {
  const auto byte = [&](int i) { return static_cast<char32_t>(static_cast<unsigned char>(p[i])); };
  const char32_t b = byte(0);
  if (b < 0x80) {
    p += 1;
    return b;
  }
  if (b < 0xE0) {
    const char32_t c = (b & 0x1F) << 6 | (byte(1) & 0x3F);
    p += 2;
    return c;
  }
  if (b < 0xF0) {
    const char32_t c = (b & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    p += 3;
    return c;
  }
  const char32_t c = (b & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
  p += 4;
  return c;
}

/// The code point that ends right before `p`; the text must be well-formed and hold one.
inline char32_t previous_code_point(const char* p) {
  do {
    --p;
  } while ((static_cast<unsigned char>(*p) & 0xC0) == 0x80);
  return next_code_point(p);
}

/// Writes 1 to 4 bytes to `out` and returns how many.
inline int put_utf8(char32_t c, char* out) {
  const auto put = [&](int i, char32_t byte) { out[i] = static_cast<char>(byte); };
  if (c < 0x80) {
    put(0, c);
    return 1;
  }
  if (c < 0x800) {
    put(0, 0xC0 | c >> 6);
    put(1, 0x80 | (c & 0x3F));
    return 2;
  }
  if (c < 0x10000) {
    put(0, 0xE0 | c >> 12);
    put(1, 0x80 | (c >> 6 & 0x3F));
    put(2, 0x80 | (c & 0x3F));
    return 3;
  }
  put(0, 0xF0 | c >> 18);
  put(1, 0x80 | (c >> 12 & 0x3F));
  put(2, 0x80 | (c >> 6 & 0x3F));
  put(3, 0x80 | (c & 0x3F));
  return 4;
}

}  // namespace lathe::text
