#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::cli {

using Json = nlohmann::ordered_json;

/// Standard output, buffered and checked: Error(io) when a pipe closed or a disk is full. Bytes go out as they are.
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

/// JSON on one line, UTF-8 as it is (bytes that are none become U+FFFD).
std::string dump(const Json& value);
/// A list with an item a line.
std::string dump_lines(const Json& list);

/// A list that grows while answers come: one item as it is when it stays the only one, else "[", items, "]".
class JsonList {
 public:
  JsonList(Output& output, bool single) : output_(output), single_(single) {}
  void add(const Json& item);
  /// An item that is JSON text already.
  void add_text(std::string_view item);
  void end();

 private:
  Output& output_;
  bool single_;
  size_t count_ = 0;
};

/// Text in columns. Widths count characters, not bytes.
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

/// "45.5 MB"; powers of ten.
std::string human_bytes(double bytes);

}  // namespace lathe::cli
