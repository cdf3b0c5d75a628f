#include <algorithm>
#include <unordered_set>

#include "base/error.h"
#include "text/json_reader.h"
#include "text/tokenizer_impl.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace lathe::text {
namespace {

// transformers writes the longest length it knows, 1e30, for "no limit"; this is more than any model's.
constexpr double kNoLimit = 1e9;

// A token is a text or an object with flags.
AddedToken read_token(const Json& json, const JsonObject& in, const char* key) {
  AddedToken token;
  token.special = true;
  if (json.is_string()) {
    token.content = json.get<std::string>();
    return token;
  }
  if (!json.is_object()) in.wrong(key, "a token");
  const JsonObject object(json, in.where(), in.path(key));
  token.content = object.need_string("content");
  token.single_word = object.boolean("single_word").value_or(false);
  token.lstrip = object.boolean("lstrip").value_or(false);
  token.rstrip = object.boolean("rstrip").value_or(false);
  token.special = object.boolean("special").value_or(true);
  token.normalized = object.boolean("normalized").value_or(!token.special);
  return token;
}

// Special tokens that no other entry describes.
class SpecialTokens {
 public:
  explicit SpecialTokens(Spec& spec) : spec_(spec) {
    for (const AddedToken& t : spec.added) known_.insert(t.content);
  }
  void add(AddedToken token) {
    token.special = true;
    if (known_.insert(token.content).second) spec_.added.push_back(std::move(token));
  }

 private:
  Spec& spec_;
  std::unordered_set<std::string> known_;
};

// `replace`: also roles that another file has named.
void read_roles(const JsonObject& config, Spec& spec, bool replace) {
  SpecialTokens special(spec);
  const auto role = [&](const char* key, std::string& name) {
    const Json* json = config.find(key);
    if (!json || (!replace && !name.empty())) return;
    AddedToken token = read_token(*json, config, key);
    name = token.content;
    special.add(std::move(token));
  };
  role("unk_token", spec.roles.unk);
  role("sep_token", spec.roles.sep);
  role("pad_token", spec.roles.pad);
  role("cls_token", spec.roles.cls);
  role("mask_token", spec.roles.mask);
  for (const char* key : {"additional_special_tokens", "extra_special_tokens"}) {
    const Json* list = config.find(key);
    if (!list) continue;
    if (list->is_primitive()) config.wrong(key, "a list of tokens");
    for (const Json& json : *list) special.add(read_token(json, config, key));
  }
}

// The keys of added_tokens_decoder, which are ids as texts, in the order of the ids: new tokens are numbered in it.
std::vector<std::string> by_number(const JsonObject& added) {
  std::vector<std::string> keys;
  for (const auto& item : added.json().items()) {
    const std::string& key = item.key();
    if (key.empty() || key.size() > 10 || key.find_first_not_of("0123456789") != std::string::npos ||
        item.value().is_null())
      added.wrong(key.c_str(), "a token with an id as its name");
    keys.push_back(key);
  }
  std::stable_sort(keys.begin(), keys.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  return keys;
}

}  // namespace

void read_config(std::string_view json, const std::string& where, Spec& spec) {
  const Json parsed = read_json(json, where, nullptr);
  const JsonObject config(parsed, where, "");
  if (const auto v = config.boolean("do_lower_case")) spec.lowercase = *v;
  if (config.json().contains("strip_accents")) spec.strip_accents = config.boolean("strip_accents");
  if (const auto v = config.boolean("tokenize_chinese_chars")) spec.handle_chinese_chars = *v;
  if (const auto v = config.boolean("clean_up_tokenization_spaces")) spec.cleanup_spaces = *v;
  if (const auto v = config.string("truncation_side")) spec.truncate_left = *v == "left";
  if (const Json* v = config.find("model_max_length")) {
    if (!v->is_number() || v->get<double>() < 1) config.wrong("model_max_length", "a length");
    spec.max_length = v->get<double>() > kNoLimit ? 0 : static_cast<int64_t>(v->get<double>());
  }
  // transformers gives its BERT classes BERT's layout, whatever the tokenizer.json leaves out.
  const std::string type = config.string("tokenizer_class").value_or("");
  if (type.rfind("Bert", 0) == 0 && spec.layout == Template::plain()) spec.layout.reset();
  if (const auto added = config.object("added_tokens_decoder")) {
    for (const std::string& id : by_number(*added)) {
      const Json& json_token = *added->find(id.c_str());
      AddedToken token = read_token(json_token, *added, id.c_str());
      if (json_token.is_object() && !json_token.contains("special")) token.special = false;
      spec.added.push_back(std::move(token));
    }
  }
  read_roles(config, spec, true);
}

void read_special_tokens_map(std::string_view json, const std::string& where, Spec& spec) {
  const Json parsed = read_json(json, where, nullptr);
  read_roles(JsonObject(parsed, where, ""), spec, false);
}

Spec read_vocab_txt(std::string_view text, const std::string& where) {
  const std::string_view kCure = "get the file anew from where the model came from";
  if (const size_t bad = find_invalid_utf8(text); bad != std::string_view::npos)
    fail(ErrorCode::corrupt_file, where, kCure, "byte {} is not valid UTF-8", bad);
  // Where a token occurs twice, its last line counts: so collect first.
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (!line.empty() && (char_flags(previous_code_point(line.data() + line.size())) & kSpace)) {
      while ((static_cast<unsigned char>(line.back()) & 0xC0) == 0x80) line.remove_suffix(1);
      line.remove_suffix(1);
    }
    lines.push_back(line);
  }
  if (lines.size() > INT32_MAX) fail(ErrorCode::out_of_range, where, kCure, "it has {} lines", lines.size());
  Spec spec;
  for (size_t i = lines.size(); i-- > 0;) spec.vocabulary.add(lines[i], static_cast<int32_t>(i));
  return spec;
}

}  // namespace lathe::text
