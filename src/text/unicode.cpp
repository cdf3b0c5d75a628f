#include "text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <vector>

namespace lathe::text {
namespace {

struct Range {
  char32_t first, last;
};
struct Shift {
  char32_t first, last;
  int32_t delta;
};
#include "text/unicode_ranges.inc"

struct Class {
  CharFlags flag;
  std::span<const Range> ranges;
};
constexpr Class kClasses[] = {
    {kDropped, kDroppedRanges},     {kSpace, kSpaceRanges}, {kPunctuation, kPunctuationRanges},
    {kMark, kMarkRanges},           {kCjk, kCjkRanges},     {kDecomposes, kDecomposesRanges},
    {kCombining, kCombiningRanges},
};

bool contains(std::span<const Range> ranges, char32_t c) {
  const auto it = std::partition_point(ranges.begin(), ranges.end(), [&](const Range& r) { return r.last < c; });
  return it != ranges.end() && it->first <= c;
}

// Planes 0 to 2 as a flat table; beyond lie tags, variation selectors and private use, which are looked up.
constexpr char32_t kTableSize = 0x30000;

const uint8_t* flag_table() {
  static const std::vector<uint8_t> table = [] {
    std::vector<uint8_t> flags(kTableSize, 0);
    for (const Class& c : kClasses)
      for (const Range& r : c.ranges)
        for (char32_t i = r.first; i <= r.last && i < kTableSize; ++i) flags[i] |= c.flag;
    return flags;
  }();
  return table.data();
}

}  // namespace

uint8_t char_flags(char32_t c) {
  if (c < kTableSize) return flag_table()[c];
  uint8_t flags = 0;
  for (const Class& k : kClasses)
    if (contains(k.ranges, c)) flags |= k.flag;
  return flags;
}

int decompose(char32_t c, char32_t out[4]) {
  utf8proc_int32_t buffer[4] = {};
  int last_boundary = 0;
  const auto n =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), buffer, 4, UTF8PROC_DECOMPOSE, &last_boundary);
  if (n < 1 || n > 4) {
    out[0] = c;
    return 1;
  }
  std::copy_n(buffer, n, out);
  return static_cast<int>(n);
}

int combining_class(char32_t c) { return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class; }

char32_t to_lower(char32_t c) {
  const auto lower = static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
  if (lower != c) return lower;
  const auto it = std::partition_point(std::begin(kNewLowerCase), std::end(kNewLowerCase),
                                       [&](const Shift& s) { return s.last < c; });
  if (it == std::end(kNewLowerCase) || c < it->first) return c;
  return static_cast<char32_t>(static_cast<int32_t>(c) + it->delta);
}

bool is_word(char32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_PC: return true;
    default: return contains(kOtherWordRanges, c);
  }
}

}  // namespace lathe::text
