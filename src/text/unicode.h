#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace lathe::text {

/// What BERT's normaliser and pre-tokenizer ask of a character. The answers are Hugging Face `tokenizers`', which
/// mix several Unicode versions: unicode_ranges.inc holds them as ranges, so that they do not depend on the version
/// of utf8proc that is installed. utf8proc supplies the mappings (decomposition, combining class, lower case), which
/// Unicode's stability policy fixes for every character that the ranges name.
enum CharFlags : uint8_t {
  kDropped = 1,      ///< clean_text removes it: NUL, U+FFFD, control, format and private-use characters
  kSpace = 2,        ///< White_Space
  kPunctuation = 4,  ///< a token of its own: ASCII symbols and category P
  kMark = 8,         ///< strip_accents removes it: category Mn
  kCjk = 16,         ///< a word of its own: the CJK ideograph blocks
  kDecomposes = 32,  ///< NFD changes it
  kCombining = 64,   ///< its canonical combining class is not 0
};

uint8_t char_flags(char32_t c);

/// NFD of one character flagged kDecomposes: writes at most 4 code points and returns how many.
int decompose(char32_t c, char32_t out[4]);

/// The canonical combining class of a character flagged kCombining.
int combining_class(char32_t c);

/// Simple lower case; U+0130 alone has a second character (U+0307), which the caller adds.
char32_t to_lower(char32_t c);

/// Well-formed UTF-8 in full lower case, as Python's str.lower() makes it: U+0130 becomes two characters, and a capital
/// sigma at the end of a word its final form.
std::string lower(std::string_view text);

/// \w of Rust's regex: letters, marks, digits, connectors and joiners.
bool is_word(char32_t c);

}  // namespace lathe::text
