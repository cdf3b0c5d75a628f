#pragma once
#include <cstdint>
#include <string>

namespace lathe::cli {

/// Lines of a file descriptor, each without its end ("\n" or "\r\n"; the last one may lack it). Reading ends when the
/// user interrupts the program.
class LineReader {
 public:
  static constexpr size_t kMostBytes = size_t{64} << 20;  ///< a longer line is skipped

  /// `fd` is the caller's to close; `where` names it in Error(io).
  LineReader(int fd, std::string where) : fd_(fd), where_(std::move(where)) {}
  enum class Got {
    line,
    too_long,  ///< a line of more than kMostBytes, which is gone
    nothing,   ///< no whole line is there yet; only without `wait`
    end,
  };
  Got next(std::string& line, bool wait);
  /// Bytes handed out so far, line ends included.
  uint64_t bytes() const { return bytes_; }

 private:
  enum class Fill { some, nothing, end };
  Fill fill(bool wait);
  Got take(std::string& line, size_t length, size_t end);

  int fd_;
  std::string where_;
  std::string buffer_;
  size_t begin_ = 0, seen_ = 0;  ///< the line begins at begin_; no line end lies before seen_
  uint64_t bytes_ = 0;
  bool skipping_ = false, ended_ = false;
};

}  // namespace lathe::cli
