#include "frontends/huggingface/config.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/file.h"

namespace lathe::huggingface {
namespace {

constexpr size_t kMaxBytes = 64 << 20;
constexpr int kMaxDepth = 128;

std::string short_dump(const nlohmann::json& value) {
  std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  return text.size() <= 64 ? text : text.substr(0, 64) + "...";
}

}  // namespace

nlohmann::json parse_json(std::string_view text, std::string_view where) {
  try {
    // Nested values are freed recursively: deep nesting from a file must not reach the stack's end.
    auto limit = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
      if (depth > kMaxDepth) throw std::length_error("nested too deep");
      return true;
    };
    return nlohmann::json::parse(text, limit);
  } catch (const nlohmann::json::parse_error& error) {
    size_t byte = std::min(error.byte, text.size());
    auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), '\n');
    fail(ErrorCode::corrupt_file, where, "mend the file or copy it again", "not JSON: line {} cannot be read", line);
  } catch (const std::exception& error) {
    fail(ErrorCode::corrupt_file, where, "mend the file or copy it again", "not JSON that can be read: {}",
         error.what());
  }
}

nlohmann::json read_json(const std::string& path) { return parse_json(read_regular_file(path, kMaxBytes), path); }

Config Config::parse(std::string_view text, std::string_view where) {
  Config config;
  config.where_ = where;
  config.json_ = parse_json(text, where);
  if (!config.json_.is_object())
    fail(ErrorCode::corrupt_file, where, "mend the file or copy it again", "expected a JSON object, found {}",
         config.json_.type_name());
  return config;
}

Config Config::read(const std::string& path) { return parse(read_regular_file(path, kMaxBytes), path); }

const nlohmann::json* Config::find(std::string_view key) const {
  auto found = json_.find(key);
  return found == json_.end() || found->is_null() ? nullptr : &*found;
}

std::vector<std::string> Config::keys() const {
  std::vector<std::string> keys;
  for (const auto& item : json_.items()) keys.push_back(item.key());
  return keys;
}

bool Config::has(std::string_view key) const { return find(key) != nullptr; }

const nlohmann::json& Config::required(std::string_view key) const {
  if (const nlohmann::json* value = find(key)) return *value;
  fail(ErrorCode::corrupt_file, where_, "add the field as the model was trained", "the field '{}' is missing", key);
}

void Config::wrong_type(std::string_view key, std::string_view expected) const {
  fail(ErrorCode::corrupt_file, where_, "mend the field", "the field '{}' must be {}, not {}", key, expected,
       short_dump(required(key)));
}

int64_t Config::integer(std::string_view key, int64_t low, int64_t high) const {
  const nlohmann::json& value = required(key);
  bool too_large = value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX);
  if (!value.is_number_integer()) wrong_type(key, "a whole number");
  if (too_large || value.get<int64_t>() < low || value.get<int64_t>() > high)
    fail(ErrorCode::out_of_range, where_, "mend the field", "the field '{}' is {}, outside {} to {}", key,
         short_dump(value), low, high);
  return value.get<int64_t>();
}

int64_t Config::integer(std::string_view key, int64_t low, int64_t high, int64_t fallback) const {
  return has(key) ? integer(key, low, high) : fallback;
}

double Config::number(std::string_view key, double low, double high, double fallback) const {
  if (!has(key)) return fallback;
  const nlohmann::json& value = required(key);
  if (!value.is_number()) wrong_type(key, "a number");
  double number = value.get<double>();
  if (!(number >= low && number <= high))
    fail(ErrorCode::out_of_range, where_, "mend the field", "the field '{}' is {}, outside {} to {}", key,
         short_dump(value), low, high);
  return number;
}

bool Config::boolean(std::string_view key, bool fallback) const {
  if (!has(key)) return fallback;
  const nlohmann::json& value = required(key);
  if (!value.is_boolean()) wrong_type(key, "true or false");
  return value.get<bool>();
}

std::string Config::text(std::string_view key) const {
  const nlohmann::json& value = required(key);
  if (!value.is_string()) wrong_type(key, "a text");
  return value.get<std::string>();
}

std::string Config::text(std::string_view key, std::string_view fallback) const {
  return has(key) ? text(key) : std::string(fallback);
}

}  // namespace lathe::huggingface
