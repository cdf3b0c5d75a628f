#include "text/json_reader.h"

#include <algorithm>

#include "base/error.h"

namespace lathe::text {
namespace {

constexpr size_t kDeepest = 64;
constexpr std::string_view kCure = "get the file anew from where the model came from";

// A long string from a file, for a message.
std::string shown(const std::string& text) { return text.size() <= 60 ? text : text.substr(0, 60) + "..."; }

// Builds values as the parser meets them, on a stack of open objects and arrays.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(const std::string& where, Vocabulary* vocabulary) : where_(where), vocabulary_(vocabulary) {}

  Json take() { return std::move(root_); }

  bool null() override { return value(nullptr); }
  bool boolean(bool v) override { return value(v); }
  bool number_float(number_float_t v, const string_t&) override { return value(v); }
  bool string(string_t& v) override { return value(std::move(v)); }
  bool binary(binary_t&) override { return false; }
  bool number_integer(number_integer_t v) override {
    if (in_vocabulary()) bad_id(std::to_string(v));
    return value(v);
  }
  bool number_unsigned(number_unsigned_t v) override {
    if (!in_vocabulary()) return value(v);
    if (v > INT32_MAX) bad_id(std::to_string(v));
    if (!vocabulary_->add(key_, static_cast<int32_t>(v)))
      fail(ErrorCode::corrupt_file, where_, kCure, "'{}' occurs twice in model.vocab", shown(key_));
    return true;
  }
  bool key(string_t& v) override {
    key_ = std::move(v);
    return true;
  }
  bool start_object(size_t) override { return open(Json::object()); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& e) override {
    fail(ErrorCode::corrupt_file, where_, kCure, "it is not JSON: {}", e.what());
  }

 private:
  bool in_vocabulary() const { return depth_ == vocabulary_depth_; }
  bool skipping() const { return depth_ >= skip_depth_; }

  [[noreturn]] void bad_id(const std::string& seen) const {
    fail(ErrorCode::corrupt_file, where_, kCure, "the id of '{}' in model.vocab is {}, not a number from 0 to {}",
         shown(key_), seen, INT32_MAX);
  }

  bool open(Json empty) {
    if (in_vocabulary()) bad_id(empty.is_array() ? "an array" : "an object");
    if (++depth_ > kDeepest)
      fail(ErrorCode::corrupt_file, where_, kCure, "its objects and arrays are nested more than {} deep", kDeepest);
    if (skipping()) return true;
    const bool in_model = depth_ == 3 && model_depth_ == 2;
    const bool list = empty.is_array();
    if (depth_ == 2 && key_ == "model") model_depth_ = 2;
    if (in_model && list && (key_ == "vocab" || key_ == "merges")) skip_depth_ = depth_;
    if (in_model && !list && key_ == "vocab" && vocabulary_) vocabulary_depth_ = depth_;
    Json* added = place(std::move(empty));
    open_.push_back(added);
    return true;
  }

  bool close() {
    if (!skipping() || depth_ == skip_depth_) open_.pop_back();
    if (depth_ == skip_depth_) skip_depth_ = kNever;
    if (depth_ == vocabulary_depth_) vocabulary_depth_ = kNever;
    if (depth_ == model_depth_) model_depth_ = kNever;
    --depth_;
    return true;
  }

  bool value(Json v) {
    if (in_vocabulary()) bad_id(v.is_string() ? "a text" : v.dump());
    if (!skipping()) place(std::move(v));
    return true;
  }

  Json* place(Json v) {
    if (open_.empty()) {
      root_ = std::move(v);
      return &root_;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(v));
      return &parent.back();
    }
    Json& slot = parent[key_];
    slot = std::move(v);
    return &slot;
  }

  static constexpr size_t kNever = static_cast<size_t>(-1);
  const std::string& where_;
  Vocabulary* const vocabulary_;
  Json root_;
  std::vector<Json*> open_;  // stays valid: a container grows only at its innermost open end
  std::string key_;
  size_t depth_ = 0, model_depth_ = kNever, skip_depth_ = kNever, vocabulary_depth_ = kNever;
};

}  // namespace

Json read_json(std::string_view text, const std::string& where, Vocabulary* vocabulary) {
  // A token of seven bytes is a line of sixteen.
  if (vocabulary) vocabulary->reserve(std::min(text.size() / 2, size_t{1} << 22));
  Builder builder(where, vocabulary);
  Json::sax_parse(text.begin(), text.end(), &builder);
  Json json = builder.take();
  if (!json.is_object())
    fail(ErrorCode::corrupt_file, where, kCure, "it holds {}, not an object",
         json.is_null() ? "nothing" : json.type_name());
  return json;
}

JsonObject::JsonObject(const Json& json, std::string where, std::string path)
    : json_(&json), where_(std::move(where)), path_(std::move(path)) {
  if (!json.is_object())
    fail(ErrorCode::corrupt_file, where_, kCure, "{} is {}, not an object", path_, json.type_name());
}

const Json* JsonObject::find(const char* key) const {
  const auto it = json_->find(key);
  return it == json_->end() || it->is_null() ? nullptr : &*it;
}

void JsonObject::wrong(const char* key, std::string_view expected) const {
  const Json* v = find(key);
  const std::string seen = !v                  ? "missing"
                           : v->is_primitive() ? shown(v->dump(-1, ' ', true))
                                               : std::string(v->type_name());
  fail(ErrorCode::corrupt_file, where_, kCure, "{} is {}, not {}", path(key), seen, expected);
}

std::optional<JsonObject> JsonObject::object(const char* key) const {
  const Json* v = find(key);
  if (!v) return std::nullopt;
  if (!v->is_object()) wrong(key, "an object");
  return JsonObject(*v, where_, path(key));
}

std::optional<std::string> JsonObject::string(const char* key) const {
  const Json* v = find(key);
  if (!v) return std::nullopt;
  if (!v->is_string()) wrong(key, "a text");
  return v->get<std::string>();
}

std::optional<bool> JsonObject::boolean(const char* key) const {
  const Json* v = find(key);
  if (!v) return std::nullopt;
  if (!v->is_boolean()) wrong(key, "true or false");
  return v->get<bool>();
}

std::optional<int64_t> JsonObject::integer(const char* key, int64_t low, int64_t high) const {
  const Json* v = find(key);
  if (!v) return std::nullopt;
  const bool fits = v->is_number_integer() && !(v->is_number_unsigned() && v->get<uint64_t>() > INT64_MAX) &&
                    v->get<int64_t>() >= low && v->get<int64_t>() <= high;
  if (!fits) wrong(key, fmt::format("a whole number from {} to {}", low, high));
  return v->get<int64_t>();
}

const Json* JsonObject::array(const char* key) const {
  const Json* v = find(key);
  if (v && !v->is_array()) wrong(key, "an array");
  return v;
}

template <class T>
T JsonObject::need(std::optional<T> value, const char* key, std::string_view expected) const {
  if (!value) wrong(key, expected);
  return *std::move(value);
}

JsonObject JsonObject::need_object(const char* key) const { return need(object(key), key, "an object"); }
std::string JsonObject::need_string(const char* key) const { return need(string(key), key, "a text"); }
bool JsonObject::need_boolean(const char* key) const { return need(boolean(key), key, "true or false"); }
int64_t JsonObject::need_integer(const char* key, int64_t low, int64_t high) const {
  return need(integer(key, low, high), key, "a whole number");
}
const Json& JsonObject::need_array(const char* key) const {
  const Json* v = array(key);
  if (!v) wrong(key, "an array");
  return *v;
}

}  // namespace lathe::text
