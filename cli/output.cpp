#include "cli/output.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace lathe::cli {

size_t display_width(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t point = lead < 0x80 ? lead : lead & (0xffu >> (length + 1));
    for (size_t k = 1; k < length && i + k < text.size(); ++k)
      point = (point << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3fu);
    i += length;
    const auto in = [point](uint32_t low, uint32_t high) { return point >= low && point <= high; };
    if (in(0x300, 0x36f) || in(0x200b, 0x200f) || in(0xfe00, 0xfe0f)) continue;
    const bool wide = in(0x1100, 0x115f) || in(0x2e80, 0xa4cf) || in(0xac00, 0xd7a3) || in(0xf900, 0xfaff) ||
                      in(0xfe30, 0xfe6f) || in(0xff00, 0xff60) || in(0xffe0, 0xffe6) || in(0x1f300, 0x1faff) ||
                      in(0x20000, 0x3fffd);
    width += wide ? 2 : 1;
  }
  return width;
}

void Output::write(const void* data, size_t size) {
  constexpr size_t kFull = size_t{1} << 16;
  buffer_.append(static_cast<const char*>(data), size);
  if (buffer_.size() >= kFull) flush();
}

void Output::flush() {
  size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t n = ::write(STDOUT_FILENO, buffer_.data() + done, buffer_.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {  // a pipe that its reader made non-blocking
      pollfd room{STDOUT_FILENO, POLLOUT, 0};
      poll(&room, 1, -1);
      continue;
    }
    if (n < 0) {
      const int reason = errno;
      buffer_.clear();
      fail(ErrorCode::io, "standard output", {}, "cannot write: {}", std::strerror(reason));
    }
    done += static_cast<size_t>(n);
  }
  buffer_.clear();
}

bool Output::is_terminal() { return isatty(STDOUT_FILENO) == 1; }

std::string shortened(std::string_view text, size_t most) {
  std::string line;
  size_t i = 0;
  for (size_t shown = 0; i < text.size() && shown < most; ++shown) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    bool valid = length > 0 && i + length <= text.size();
    for (size_t k = 1; valid && k < length; ++k) valid = (static_cast<unsigned char>(text[i + k]) & 0xc0) == 0x80;
    if (!valid)
      line += "\ufffd";
    else if (length == 1)
      line += lead < 0x20 || lead == 0x7f ? ' ' : text[i];
    else if (lead == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0)
      line += ' ';  // control characters of the second set: terminals may take them as the first
    else
      line += text.substr(i, length);
    i += valid ? length : 1;
  }
  return i < text.size() ? line + "..." : line;
}

std::string printable(std::string_view text) { return shortened(text, text.size()); }

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string dump_lines(const Json& list) {
  std::string text = "[";
  for (size_t i = 0; i < list.size(); ++i) text += (i == 0 ? "\n " : ",\n ") + dump(list[i]);
  return text + (list.empty() ? "]" : "\n]");
}

std::string Table::str(size_t indent) const {
  std::vector<std::vector<std::string>> rows = rows_;
  for (auto& cells : rows)
    for (std::string& cell : cells) cell = printable(cell);
  std::vector<size_t> widths(columns_.size());
  for (const auto& cells : rows)
    for (size_t c = 0; c < cells.size(); ++c) widths[c] = std::max(widths[c], display_width(cells[c]));
  std::string text;
  for (const auto& cells : rows) {
    std::string line(indent, ' ');
    for (size_t c = 0; c < cells.size(); ++c) {
      const size_t fill = widths[c] - display_width(cells[c]);
      if (c > 0) line += "  ";
      if (columns_[c] == Align::right) line.append(fill, ' ');
      line += cells[c];
      if (columns_[c] == Align::left) line.append(fill, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string human_bytes(double bytes) {
  const char* units[] = {"B", "kB", "MB", "GB", "TB"};
  size_t unit = 0;
  while (bytes >= 1000 && unit + 1 < std::size(units)) bytes /= 1000, ++unit;
  return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.1f} {}", bytes, units[unit]);
}

}  // namespace lathe::cli
