#include <utf8proc.h>

#include "text/unicode.h"
#include "text/utf8.h"

namespace lathe::text {
namespace {

bool in_category(char32_t c, std::initializer_list<utf8proc_category_t> categories) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  for (utf8proc_category_t one : categories)
    if (category == one) return true;
  return false;
}

/// Cased: letters with a case, and the few other characters that have one (Other_Lowercase, Other_Uppercase).
bool is_cased(char32_t c) {
  return in_category(c, {UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LL, UTF8PROC_CATEGORY_LT}) || c == 0xaa || c == 0xba ||
         (c >= 0x2b0 && c <= 0x2b8) || (c >= 0x2c0 && c <= 0x2c1) || (c >= 0x2e0 && c <= 0x2e4) || c == 0x345 ||
         c == 0x37a || (c >= 0x1d2c && c <= 0x1d6a) || c == 0x1d78 || (c >= 0x1d9b && c <= 0x1dbf) || c == 0x2071 ||
         c == 0x207f || (c >= 0x2090 && c <= 0x209c) || (c >= 0x2160 && c <= 0x217f) || (c >= 0x24b6 && c <= 0x24e9) ||
         (c >= 0x2c7c && c <= 0x2c7d) || (c >= 0xa69c && c <= 0xa69d) || c == 0xa770 || (c >= 0xa7f8 && c <= 0xa7f9) ||
         (c >= 0xab5c && c <= 0xab5f) || (c >= 0x1f130 && c <= 0x1f149) || (c >= 0x1f150 && c <= 0x1f169) ||
         (c >= 0x1f170 && c <= 0x1f189);
}

/// Case_Ignorable: marks, formats, modifiers, and what may stand inside a word.
bool is_passed_over(char32_t c) {
  return in_category(c, {UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_ME, UTF8PROC_CATEGORY_CF, UTF8PROC_CATEGORY_LM,
                         UTF8PROC_CATEGORY_SK}) ||
         c == '\'' || c == '.' || c == ':' || c == 0xb7 || c == 0x387 || c == 0x55f || c == 0x5f4 || c == 0x2018 ||
         c == 0x2019 || c == 0x2024 || c == 0x2027 || c == 0xfe13 || c == 0xfe52 || c == 0xfe55 || c == 0xff07 ||
         c == 0xff0e || c == 0xff1a;
}

/// Whether the sigma before `behind` ends a word: a cased letter before it, none behind.
bool ends_word(std::string_view text, const char* sigma, const char* behind) {
  const char* p = sigma;
  bool cased = false;
  while (p > text.data()) {
    const char32_t c = previous_code_point(p);
    do {
      --p;
    } while ((static_cast<unsigned char>(*p) & 0xC0) == 0x80);
    if (is_passed_over(c)) continue;
    cased = is_cased(c);
    break;
  }
  if (!cased) return false;
  for (const char* end = text.data() + text.size(); behind < end;) {
    const char32_t c = next_code_point(behind);
    if (!is_passed_over(c)) return !is_cased(c);
  }
  return true;
}

}  // namespace

std::string lower(std::string_view text) {
  constexpr char32_t kSigma = 0x3a3, kSmallSigma = 0x3c3, kFinalSigma = 0x3c2;
  std::string out;
  char bytes[4];
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    const char* const at = p;
    const char32_t c = next_code_point(p);
    char32_t small = to_lower(c);
    if (c == 0x130) small = 'i';
    if (c == kSigma) small = ends_word(text, at, p) ? kFinalSigma : kSmallSigma;
    out.append(bytes, static_cast<size_t>(put_utf8(small, bytes)));
    if (c == 0x130) out.append(bytes, static_cast<size_t>(put_utf8(0x307, bytes)));
  }
  return out;
}

}  // namespace lathe::text
