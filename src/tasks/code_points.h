#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace lathe::tasks {

/// Where each code point of a UTF-8 text begins, so that positions counted in code points can cut it.
class CodePoints {
 public:
  explicit CodePoints(std::string_view text) : text_(text) {
    for (size_t i = 0; i < text.size(); ++i)
      if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) begins_.push_back(i);
    begins_.push_back(text.size());
  }
  /// The text of [start, end); both are cut to its length.
  std::string_view slice(int32_t start, int32_t end) const {
    const size_t begin = at(start), stop = at(end);
    return stop > begin ? text_.substr(begin, stop - begin) : std::string_view();
  }
  static int64_t count(std::string_view text) { return static_cast<int64_t>(CodePoints(text).begins_.size()) - 1; }

 private:
  size_t at(int32_t i) const {
    const size_t last = begins_.size() - 1;
    return begins_[i < 0 ? 0 : static_cast<size_t>(i) > last ? last : static_cast<size_t>(i)];
  }
  std::string_view text_;
  std::vector<size_t> begins_;
};

}  // namespace lathe::tasks
