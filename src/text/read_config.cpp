#include <algorithm>
#include <iterator>
#include <map>
#include <unordered_set>

#include "base/error.h"
#include "base/log.h"
#include "text/json_reader.h"
#include "text/tokenizer_impl.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace lathe::text {
namespace {

// transformers writes the longest length it knows, 1e30, for "no limit"; this is more than any model's.
constexpr double kNoLimit = 1e9;

// A token is a text or an object with flags. `special`: what it is where the object does not say.
AddedToken read_token(const Json& json, const JsonObject& in, const char* key, bool special) {
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
  token.special = object.boolean("special").value_or(special);
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

struct Role {
  const char* key;
  std::string Roles::*name;
};
// In the order in which transformers numbers tokens that the vocabulary lacks.
constexpr Role kRoles[] = {{"bos_token", nullptr},      {"eos_token", nullptr},     {"unk_token", &Roles::unk},
                           {"sep_token", &Roles::sep},  {"pad_token", &Roles::pad}, {"cls_token", &Roles::cls},
                           {"mask_token", &Roles::mask}};
constexpr const char* kLists[] = {"additional_special_tokens", "extra_special_tokens"};

bool is_role(std::string_view key) {
  return std::any_of(std::begin(kRoles), std::end(kRoles), [&](const Role& r) { return key == r.key; });
}

// The tokens that a file names, each read once: by role, by a key of the model's own, in lists.
struct Named {
  std::map<std::string, AddedToken> by_key;
  std::vector<AddedToken> others;
};

// `special`: see read_token.
void read_named(const JsonObject& file, bool special, Named& named) {
  for (const auto& item : file.json().items()) {
    const std::string& key = item.key();
    const Json& json = item.value();
    if (json.is_null()) continue;
    if (is_role(key))
      named.by_key.insert_or_assign(key, read_token(json, file, key.c_str(), special));
    else if (key.ends_with("_token") && json.is_string())
      named.others.push_back(read_token(json, file, key.c_str(), true));
  }
  for (const char* key : kLists) {
    const Json* list = file.find(key);
    if (!list) continue;
    if (list->is_primitive()) file.wrong(key, "a list of tokens");
    for (const Json& json : *list) named.others.push_back(read_token(json, file, key, true));
  }
}

void take_roles(const Named& named, Spec& spec) {
  SpecialTokens special(spec);
  for (const Role& role : kRoles) {
    const auto found = named.by_key.find(role.key);
    if (found == named.by_key.end()) continue;
    if (role.name) spec.roles.*role.name = found->second.content;
    special.add(found->second);
  }
  for (const AddedToken& token : named.others) special.add(token);
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

namespace {

/// Tokens by the ids that the files give them, which are only an order: each gets its own or the next free id.
using Numbered = std::map<int64_t, AddedToken>;

void read_added_decoder(const JsonObject& added, Numbered& numbered) {
  for (const std::string& id : by_number(added))
    numbered[std::stoll(id)] = read_token(*added.find(id.c_str()), added, id.c_str(), false);
}

/// added_tokens.json: {"token": id}; special are those that have a role or stand in a list.
void read_added_tokens(const NamedText& file, const Named& named, Numbered& numbered) {
  const Json parsed = read_json(file.text, file.path, nullptr);
  const JsonObject tokens(parsed, file.path, "");
  const auto is_special = [&](const std::string& content) {
    const auto same = [&](const AddedToken& t) { return t.content == content; };
    return std::any_of(named.others.begin(), named.others.end(), same) ||
           std::any_of(named.by_key.begin(), named.by_key.end(), [&](const auto& item) { return same(item.second); });
  };
  for (const auto& item : parsed.items()) {
    AddedToken token;
    token.content = item.key();
    token.special = is_special(token.content);
    token.normalized = !token.special;
    // By the value itself: a key may hold a NUL.
    if (!item.value().is_number_integer())
      fail(ErrorCode::corrupt_file, file.path, "write {\"token\": id, ...}",
           "the id of the token '{}' is no whole number", token.content.substr(0, 40));
    numbered[item.value().get<int64_t>()] = std::move(token);
  }
}

void read_settings(const JsonObject& config, bool bert, Spec& spec) {
  if (bert) {
    spec.lowercase = config.boolean("do_lower_case").value_or(true);
    spec.strip_accents = config.boolean("strip_accents");
    spec.handle_chinese_chars = config.boolean("tokenize_chinese_chars").value_or(true);
  }
  spec.gives_types = bert;
  if (const Json* names = config.array("model_input_names"))
    spec.gives_types = std::find(names->begin(), names->end(), "token_type_ids") != names->end();
  if (const auto v = config.boolean("clean_up_tokenization_spaces")) spec.cleanup_spaces = *v;
  if (const auto v = config.string("truncation_side")) spec.truncate_left = *v == "left";
  if (config.string("padding_side").value_or("right") == "left")
    log(LogLevel::warning,
        "{}: padding_side is left; texts are computed without padding, as transformers computes each of them alone",
        config.where());
  for (const char* key : {"max_len", "model_max_length"})
    if (const Json* v = config.find(key)) {
      if (!v->is_number() || v->get<double>() < 1) config.wrong(key, "a length");
      spec.max_length = v->get<double>() > kNoLimit ? 0 : static_cast<int64_t>(v->get<double>());
    }
}

}  // namespace

void read_config(const ConfigFiles& files, bool bert, Spec& spec) {
  const auto parse = [](const NamedText& file) {
    return file.path.empty() ? Json::object() : read_json(file.text, file.path, nullptr);
  };
  const Json json = parse(files.tokenizer_config), map_json = parse(files.special_tokens_map);
  const JsonObject config(json, files.tokenizer_config.path, "");
  read_settings(config, bert, spec);
  Named named;
  read_named(config, false, named);
  Numbered numbered;
  if (const auto added = config.object("added_tokens_decoder")) {
    // Where the newer form of the file lists the added tokens, the older files do not count.
    if (bert) spec.added.clear();
    read_added_decoder(*added, numbered);
  } else {
    read_named(JsonObject(map_json, files.special_tokens_map.path, ""), true, named);
    if (!files.added_tokens.path.empty()) read_added_tokens(files.added_tokens, named, numbered);
  }
  // A BERT class numbers the tokens of all files anew; others load a tokenizer.json with its own first.
  if (bert) {
    for (AddedToken& token : spec.added) numbered[token.id] = std::move(token);
    spec.added.clear();
  }
  for (auto& [id, token] : numbered) {
    for (const auto& [key, role] : named.by_key) token.special = token.special || token.content == role.content;
    spec.added.push_back(std::move(token));
  }
  take_roles(named, spec);
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
