#include "text/wordpiece.h"

#include <array>

#include "text/unicode.h"
#include "text/utf8.h"

namespace lathe::text {
namespace {

// White space and punctuation among ASCII; the rest is part of words.
const std::array<uint8_t, 128>& ascii_flags() {
  static const std::array<uint8_t, 128> table = [] {
    std::array<uint8_t, 128> flags{};
    for (size_t i = 0; i < flags.size(); ++i)
      flags[i] = char_flags(static_cast<char32_t>(i)) & static_cast<uint8_t>(kSpace | kPunctuation);
    return flags;
  }();
  return table;
}

}  // namespace

WordPiece::WordPiece(Vocabulary vocabulary, std::string unknown, std::string prefix, uint64_t max_word_chars)
    : vocabulary_(std::move(vocabulary)),
      unknown_(std::move(unknown)),
      prefix_(std::move(prefix)),
      max_word_chars_(max_word_chars),
      unknown_id_(vocabulary_.id_of(unknown_)),
      inside_(vocabulary_.trie().walk(prefix_)) {}

void WordPiece::run(const Normalized& text, size_t begin, size_t end, size_t enough, Pieces& out) const {
  const auto& ascii = ascii_flags();
  const char* const base = text.bytes.data();
  const char* const stop = base + end;
  const char* start = base + begin;  // of the word being read
  for (const char* p = start; p < stop;) {
    const char* const at = p;
    uint8_t flags;
    if (static_cast<signed char>(*p) >= 0) {
      flags = ascii[static_cast<unsigned char>(*p++)];
    } else {
      flags = char_flags(next_code_point(p)) & static_cast<uint8_t>(kSpace | kPunctuation);
    }
    if (flags == 0) continue;
    if (start < at) word(text, static_cast<size_t>(start - base), static_cast<size_t>(at - base), out);
    if (!(flags & kSpace)) word(text, static_cast<size_t>(at - base), static_cast<size_t>(p - base), out);
    start = p;
    if (out.size() >= enough) return;
  }
  if (start < stop) word(text, static_cast<size_t>(start - base), end, out);
}

void WordPiece::word(const Normalized& text, size_t begin, size_t end, Pieces& out) const {
  const char* const base = text.bytes.data();
  const char* const stop = base + end;
  const size_t first = out.size();
  bool known = end - begin <= max_word_chars_ || count_code_points({base + begin, end - begin}) <= max_word_chars_;
  for (size_t at = begin; known && at < end;) {
    const int32_t node = at == begin ? Trie::kRoot : inside_;
    const Trie::Match match = node == Trie::kNone ? Trie::Match{} : vocabulary_.trie().longest(node, base + at, stop);
    known = match.length > 0;
    if (!known) break;
    out.ids.push_back(match.id);
    out.offsets.emplace_back(text.source[at], text.source[at + match.length - 1] + 1);
    at += match.length;
  }
  if (known) return;
  out.ids.resize(first);
  out.offsets.resize(first);
  out.ids.push_back(unknown_id_);
  out.offsets.emplace_back(text.source[begin], text.source[end - 1] + 1);
}

}  // namespace lathe::text
