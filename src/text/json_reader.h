#pragma once
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "text/vocabulary.h"

namespace lathe::text {

using Json = nlohmann::json;

/// Parses a JSON object. The entries of the object at model.vocab go to `vocabulary` (when not null) instead of the
/// result; arrays at model.vocab and model.merges (of other kinds of tokenizer) are skipped.
/// Error(corrupt_file): not JSON, deeper than 64 levels, a vocabulary entry that is no id or occurs twice.
Json read_json(std::string_view text, const std::string& where, Vocabulary* vocabulary);

/// Members of an object with a type that is checked: each throws Error(corrupt_file) naming `where` and the path.
/// A member that is absent or null is nothing.
class JsonObject {
 public:
  /// `json` must outlive this.
  JsonObject(const Json& json, std::string where, std::string path);

  std::optional<JsonObject> object(const char* key) const;
  std::optional<std::string> string(const char* key) const;
  std::optional<bool> boolean(const char* key) const;
  /// Within [low, high].
  std::optional<int64_t> integer(const char* key, int64_t low = 0,
                                 int64_t high = std::numeric_limits<int32_t>::max()) const;
  const Json* array(const char* key) const;  ///< or null

  /// The same, where absence is an error.
  JsonObject need_object(const char* key) const;
  std::string need_string(const char* key) const;
  bool need_boolean(const char* key) const;
  int64_t need_integer(const char* key, int64_t low = 0, int64_t high = std::numeric_limits<int32_t>::max()) const;
  const Json& need_array(const char* key) const;

  const Json* find(const char* key) const;  ///< null when absent or null
  const Json& json() const { return *json_; }
  const std::string& where() const { return where_; }
  std::string path(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }
  /// Throws: `key` is not `expected`.
  [[noreturn]] void wrong(const char* key, std::string_view expected) const;

 private:
  template <class T>
  T need(std::optional<T> value, const char* key, std::string_view expected) const;

  const Json* json_;
  std::string where_, path_;
};

}  // namespace lathe::text
