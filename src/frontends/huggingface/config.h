#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::huggingface {

/// A JSON object from a model folder whose fields are read with their types and ranges checked. Every error names the
/// file and the field: Error(corrupt_file) for a missing field or another type, Error(out_of_range) for a value outside
/// [low, high]. A field that is null counts as absent.
class Config {
 public:
  /// Error(corrupt_file) with the line where `text` is no JSON, or no object.
  static Config parse(std::string_view text, std::string_view where);
  /// Error(not_found) where there is no such file.
  static Config read(const std::string& path);

  bool has(std::string_view key) const;
  std::vector<std::string> keys() const;
  int64_t integer(std::string_view key, int64_t low, int64_t high) const;
  int64_t integer(std::string_view key, int64_t low, int64_t high, int64_t fallback) const;
  double number(std::string_view key, double low, double high, double fallback) const;
  bool boolean(std::string_view key, bool fallback) const;
  std::string text(std::string_view key) const;
  std::string text(std::string_view key, std::string_view fallback) const;
  /// The field's raw value; null where absent.
  const nlohmann::json* find(std::string_view key) const;
  const std::string& where() const { return where_; }
  [[noreturn]] void wrong_type(std::string_view key, std::string_view expected) const;

 private:
  const nlohmann::json& required(std::string_view key) const;

  std::string where_;
  nlohmann::json json_;
};

/// Any JSON document. Error(corrupt_file) with the line where it is none.
nlohmann::json parse_json(std::string_view text, std::string_view where);
/// That of a regular file; Error(not_found | io), Error(out_of_range) above 64 MiB.
nlohmann::json read_json(const std::string& path);

}  // namespace lathe::huggingface
