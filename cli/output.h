#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::cli {

using Json = nlohmann::ordered_json;

/// Standard output, buffered and checked: Error(io) when a disk is full. Bytes go out as they are.
class Output {
 public:
  void write(const void* data, size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }
  void line(std::string_view text) {
    write(text);
    write("\n");
  }
  /// Everything so far reaches the system.
  void flush();
  static bool is_terminal();

 private:
  std::string buffer_;
};

/// The beginning of a text for a title or a message: at most `most` characters of one line, "..." for the rest; bytes
/// that are no UTF-8 become U+FFFD.
std::string shortened(std::string_view text, size_t most);
/// All of a text that came from a file, for a line of output: the same, without an end.
std::string printable(std::string_view text);
inline constexpr size_t kTitleLength = 120;  ///< of a text in tables

/// JSON on one line, UTF-8 as it is (bytes that are none become U+FFFD).
std::string dump(const Json& value);
/// A list with an item a line.
std::string dump_lines(const Json& list);

/// Text in columns, each cell printable(). Widths count characters, not bytes.
class Table {
 public:
  enum class Align { left, right };
  explicit Table(std::vector<Align> columns) : columns_(std::move(columns)) {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// The last column is not padded; `indent` spaces before each line.
  std::string str(size_t indent = 0) const;

 private:
  std::vector<Align> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Columns on a terminal: wide East Asian characters count two, combining marks none.
size_t display_width(std::string_view text);

/// "45.5 MB"; powers of ten.
std::string human_bytes(double bytes);

}  // namespace lathe::cli
