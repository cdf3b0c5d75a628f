#include "text/normalizer.h"

#include <algorithm>

#include "text/unicode.h"
#include "text/utf8.h"

namespace lathe::text {
namespace {

constexpr uint8_t kDroppedAscii = 0xFF;

void emit(char32_t c, int32_t source, Normalized& out) {
  char bytes[4];
  const auto n = static_cast<size_t>(put_utf8(c, bytes));
  out.bytes.append(bytes, n);
  out.source.insert(out.source.end(), n, source);
}

// Characters on their way through NFD, mark removal and lower case. NFD reorders marks, so those after a base
// character wait until the next base. `source` follows the reference's alignment rule: the first character of a
// decomposition takes the next source in text order, each further one repeats the source before it, both counted
// after reordering.
class Composer {
 public:
  Composer(const NormalizerFlags& flags, Normalized& out) : flags_(flags), out_(out) {}

  void put(char32_t c, int32_t source) {
    if (!flags_.strip_accents) {
      finish(c, source);
      return;
    }
    const uint8_t flags = char_flags(c);
    if (!(flags & kDecomposes)) {
      put_part(c, flags, source, true);
      return;
    }
    char32_t parts[4];
    const int n = decompose(c, parts);
    for (int i = 0; i < n; ++i) put_part(parts[i], char_flags(parts[i]), source, i == 0);
  }

  void flush() {
    if (waiting_.empty()) return;
    const auto by_class = [](const Part& a, const Part& b) { return a.combining_class < b.combining_class; };
    if (!std::is_sorted(waiting_.begin(), waiting_.end(), by_class)) {
      std::vector<int32_t> sources;
      for (const Part& p : waiting_)
        if (p.first) sources.push_back(p.source);
      std::stable_sort(waiting_.begin(), waiting_.end(), by_class);
      auto next = sources.begin();
      int32_t source = last_source_;
      for (Part& p : waiting_) {
        if (p.first) source = *next++;
        p.source = source;
      }
    }
    last_source_ = waiting_.back().source;
    for (const Part& p : waiting_)
      if (!p.is_mark) finish(p.c, p.source);
    waiting_.clear();
  }

 private:
  struct Part {
    char32_t c;
    int32_t source;
    uint8_t combining_class;
    bool first;
    bool is_mark;
  };

  void put_part(char32_t c, uint8_t flags, int32_t source, bool first) {
    if (flags & kCombining) {
      waiting_.push_back({c, source, static_cast<uint8_t>(combining_class(c)), first, (flags & kMark) != 0});
      return;
    }
    flush();
    last_source_ = source;
    if (!(flags & kMark)) finish(c, source);
  }

  void finish(char32_t c, int32_t source) {
    if (!flags_.lowercase) {
      emit(c, source, out_);
    } else if (c == 0x130) {
      emit('i', source, out_);
      emit(0x307, source, out_);
    } else {
      emit(to_lower(c), source, out_);
    }
  }

  const NormalizerFlags flags_;
  Normalized& out_;
  std::vector<Part> waiting_;
  int32_t last_source_ = 0;
};

}  // namespace

Normalizer::Normalizer(NormalizerFlags flags) : flags_(flags) {
  for (size_t i = 0; i < ascii_.size(); ++i) {
    const auto c = static_cast<char32_t>(i);
    auto to = static_cast<uint8_t>(i);
    if (flags_.lowercase && c >= 'A' && c <= 'Z') to = static_cast<uint8_t>(i + 32);
    if (flags_.clean_text && (char_flags(c) & kSpace)) to = ' ';
    if (flags_.clean_text && (char_flags(c) & kDropped)) to = kDroppedAscii;
    ascii_[i] = to;
  }
}

int32_t Normalizer::run(std::string_view text, int32_t position, Normalized& out) const {
  Composer composer(flags_, out);
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p < end) {
    const char* ascii_end = p;
    while (ascii_end < end && static_cast<signed char>(*ascii_end) >= 0) ++ascii_end;
    if (p < ascii_end) {
      composer.flush();
      const size_t old_size = out.bytes.size(), most = static_cast<size_t>(ascii_end - p);
      out.bytes.resize(old_size + most);
      out.source.resize(old_size + most);
      char* bytes = out.bytes.data() + old_size;
      int32_t* source = out.source.data() + old_size;
      size_t n = 0;
      for (; p < ascii_end; ++p, ++position) {
        const uint8_t c = ascii_[static_cast<unsigned char>(*p)];
        bytes[n] = static_cast<char>(c);
        source[n] = position;
        n += c != kDroppedAscii;
      }
      out.bytes.resize(old_size + n);
      out.source.resize(old_size + n);
    }
    for (; p < end && static_cast<signed char>(*p) < 0; ++position) {
      char32_t c = next_code_point(p);
      const uint8_t flags = char_flags(c);
      if (flags_.clean_text) {
        if (flags & kDropped) continue;
        if (flags & kSpace) c = ' ';
      }
      if (flags_.handle_chinese_chars && (flags & kCjk)) {
        composer.put(' ', position);
        composer.put(c, position);
        composer.put(' ', position);
      } else {
        composer.put(c, position);
      }
    }
  }
  composer.flush();
  return position;
}

}  // namespace lathe::text
