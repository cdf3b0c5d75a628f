#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::text {

/// Text after normalisation. source[i] is the code point of the original text that byte i comes from, so a piece
/// [begin, end) of `bytes` covers [source[begin], source[end - 1] + 1) there.
struct Normalized {
  std::string bytes;
  std::vector<int32_t> source;

  void clear() {
    bytes.clear();
    source.clear();
  }
};

/// BertNormalizer's switches; all off is "no normalizer".
struct NormalizerFlags {
  bool clean_text = true;            ///< removes control characters, makes white space a blank
  bool handle_chinese_chars = true;  ///< puts blanks around CJK ideographs
  bool strip_accents = true;         ///< NFD, then removes marks of category Mn
  bool lowercase = true;

  bool operator==(const NormalizerFlags&) const = default;
};

class Normalizer {
 public:
  explicit Normalizer(NormalizerFlags flags);

  /// Appends `text`, well-formed UTF-8 whose first code point is number `position`, to `out`;
  /// returns the number of the code point behind it.
  int32_t run(std::string_view text, int32_t position, Normalized& out) const;

  const NormalizerFlags& flags() const { return flags_; }

 private:
  NormalizerFlags flags_;
  std::array<uint8_t, 128> ascii_{};  // what an ASCII character becomes, or kDroppedAscii
};

}  // namespace lathe::text
