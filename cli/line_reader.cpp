#include "cli/line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "cli/interrupt.h"

namespace lathe::cli {

LineReader::Fill LineReader::fill(bool wait) {
  constexpr size_t kBlock = size_t{1} << 16;
  if (interrupted()) return Fill::end;
  pollfd polled[2] = {{fd_, POLLIN, 0}, {interrupt_fd(), POLLIN, 0}};
  const int ready = poll(polled, 2, wait ? -1 : 0);
  if (interrupted()) return Fill::end;
  if (ready < 0 && errno != EINTR) fail(ErrorCode::io, where_, {}, "cannot be read: {}", std::strerror(errno));
  if (ready <= 0 || polled[0].revents == 0) return Fill::nothing;
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    seen_ -= begin_;
    begin_ = 0;
  }
  const size_t used = buffer_.size();
  buffer_.resize(used + kBlock);
  const ssize_t got = read(fd_, buffer_.data() + used, kBlock);
  const int reason = errno;
  buffer_.resize(used + static_cast<size_t>(got > 0 ? got : 0));
  if (got > 0) return Fill::some;
  if (got == 0) return Fill::end;
  if (reason == EINTR || reason == EAGAIN || reason == EWOULDBLOCK) return Fill::nothing;
  if (reason == EISDIR) fail(ErrorCode::io, where_, "name a file inside it", "is a folder, not a file");
  fail(ErrorCode::io, where_, {}, "cannot be read: {}", std::strerror(reason));
}

LineReader::Got LineReader::take(std::string& line, size_t length, size_t end) {
  const bool skipped = skipping_;
  skipping_ = false;
  line.assign(buffer_, begin_, length);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  bytes_ += end - begin_;
  begin_ = seen_ = end;
  if (skipped) line.clear();
  return skipped ? Got::too_long : Got::line;
}

LineReader::Got LineReader::next(std::string& line, bool wait) {
  for (;;) {
    const size_t end = buffer_.find('\n', seen_);
    if (end != std::string::npos) return take(line, end - begin_, end + 1);
    seen_ = buffer_.size();
    if (seen_ - begin_ > kMostBytes) {
      bytes_ += seen_ - begin_;
      buffer_.clear();
      begin_ = seen_ = 0;
      skipping_ = true;
    }
    const Fill filled = ended_ ? Fill::end : fill(wait);
    if (filled == Fill::nothing && !wait) return Got::nothing;
    if (filled != Fill::end) continue;
    ended_ = true;
    // What an interrupt leaves unread is no line.
    if (interrupted() || (begin_ == buffer_.size() && !skipping_)) return Got::end;
    return take(line, buffer_.size() - begin_, buffer_.size());
  }
}

}  // namespace lathe::cli
