#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "text/json_reader.h"
#include "text/tokenizer_impl.h"

namespace lathe {
namespace text {
namespace {

constexpr std::string_view kCure = "get the file anew from where the model came from";

// More than any tokenizer's file has.
constexpr size_t kMostBytes = size_t{256} << 20;

NamedText read_file(const std::filesystem::path& path) {
  return {path.string(), read_regular_file(path.string(), kMostBytes)};
}

/// The class of transformers that reads the folder: tokenizer_config.json's, else config.json's, else BertTokenizer.
std::string class_of(const std::filesystem::path& folder, const NamedText& tokenizer_config) {
  std::error_code ignored;
  std::vector<NamedText> files = {tokenizer_config};
  if (!folder.empty() && std::filesystem::exists(folder / "config.json", ignored))
    files.push_back(read_file(folder / "config.json"));
  for (const NamedText& file : files) {
    if (file.path.empty()) continue;
    const Json json = read_json(file.text, file.path, nullptr);
    if (auto name = JsonObject(json, file.path, "").string("tokenizer_class")) {
      if (name->ends_with("Fast") && *name != "PreTrainedTokenizerFast") name->resize(name->size() - 4);
      return *name;
    }
  }
  return "BertTokenizer";
}

/// A BERT class knows its tokens by name, whether or not a file lists them.
void name_bert_tokens(Spec& spec) {
  const Roles& r = spec.roles;
  if (!r.unk.empty()) spec.unknown = r.unk;
  const std::pair<const std::string&, const char*> roles[] = {
      {r.unk, "[UNK]"}, {r.sep, "[SEP]"}, {r.pad, "[PAD]"}, {r.cls, "[CLS]"}, {r.mask, "[MASK]"}};
  for (const auto& [given, usual] : roles) {
    AddedToken token;
    token.content = given.empty() ? usual : given;
    token.special = true;
    const auto same = [&](const AddedToken& t) { return t.content == token.content; };
    const bool listed = std::any_of(spec.added.begin(), spec.added.end(), same);
    if (!listed && spec.vocabulary.id_of(token.content) >= 0) spec.added.push_back(std::move(token));
  }
}

bool is_bert(std::string_view name) {
  constexpr std::array<std::string_view, 6> kClasses = {"BertTokenizer",        "DistilBertTokenizer",
                                                        "ElectraTokenizer",     "MobileBertTokenizer",
                                                        "SqueezeBertTokenizer", "ConvBertTokenizer"};
  return std::find(kClasses.begin(), kClasses.end(), name) != kClasses.end();
}

// The usual name where no file says which token has this role and the vocabulary knows it.
void name_role(std::string& role, std::string_view usual, const Spec& spec) {
  if (!role.empty()) return;
  bool known = spec.vocabulary.id_of(usual) >= 0;
  for (const AddedToken& t : spec.added) known = known || t.content == usual;
  if (known) role = usual;
}

}  // namespace

Tokenizer build(Spec spec, const std::string& where) {
  const int32_t shared = spec.vocabulary.finish();
  if (shared >= 0) fail(ErrorCode::corrupt_file, where, kCure, "two tokens of the vocabulary have the id {}", shared);
  if (spec.vocabulary.id_of(spec.unknown) < 0)
    fail(ErrorCode::corrupt_file, where, kCure, "the unknown token '{}' is not in the vocabulary",
         spec.unknown.substr(0, 60));
  if (spec.roles.unk.empty()) spec.roles.unk = spec.unknown;
  name_role(spec.roles.cls, "[CLS]", spec);
  name_role(spec.roles.sep, "[SEP]", spec);
  name_role(spec.roles.pad, "[PAD]", spec);
  name_role(spec.roles.mask, "[MASK]", spec);

  const NormalizerFlags flags{spec.clean_text, spec.handle_chinese_chars, spec.strip_accents.value_or(spec.lowercase),
                              spec.lowercase};
  const Normalizer normalizer(flags);
  AddedTokens added;
  for (AddedToken& token : spec.added) added.add(std::move(token), spec.vocabulary, normalizer);
  added.finish();
  const auto id_of = [&](const std::string& token) {
    if (token.empty()) return -1;
    const int32_t id = added.id_of(token);
    return id >= 0 ? id : spec.vocabulary.id_of(token);
  };
  const Roles& roles = spec.roles;
  const int32_t cls = id_of(roles.cls), sep = id_of(roles.sep), pad = id_of(roles.pad), mask = id_of(roles.mask),
                unk = id_of(roles.unk);
  if (!spec.layout) {
    if (cls < 0 || sep < 0)
      fail(ErrorCode::corrupt_file, where, kCure, "the vocabulary has no token to {} a text with",
           cls < 0 ? "begin ([CLS])" : "end ([SEP])");
    spec.layout = Template::bert(roles.cls, cls, roles.sep, sep);
  }
  WordPiece model(std::move(spec.vocabulary), spec.unknown, spec.prefix, spec.max_word_chars);
  return Tokenizer(std::make_shared<Tokenizer::Impl>(
      Tokenizer::Impl{std::move(model), normalizer, spec.strip_accents, std::move(added), *std::move(spec.layout),
                      roles, cls, sep, pad, mask, unk, spec.has_decoder, spec.decoder_cleanup, spec.cleanup_spaces,
                      spec.truncate_left, spec.gives_types, spec.decoder_prefix, spec.max_length}));
}

}  // namespace text

Tokenizer Tokenizer::from_json(std::string_view tokenizer_json, std::string_view config_json) {
  const std::string where = "tokenizer.json";
  if (config_json.empty())
    return text::build(text::read_tokenizer_json(tokenizer_json, where, text::Parts::all), where);
  const text::ConfigFiles files{{"tokenizer_config.json", std::string(config_json)}, {}, {}};
  const bool bert = text::is_bert(text::class_of({}, files.tokenizer_config));
  text::Spec spec = text::read_tokenizer_json(tokenizer_json, where, bert ? text::Parts::vocabulary : text::Parts::all);
  text::read_config(files, bert, spec);
  if (bert) text::name_bert_tokens(spec);
  return text::build(std::move(spec), where);
}

Tokenizer Tokenizer::from_folder(const std::filesystem::path& folder) {
  std::error_code ignored;
  const auto exists = [&](const char* name) { return std::filesystem::exists(folder / name, ignored); };
  const bool has_json = exists("tokenizer.json");
  if (!has_json && !exists("vocab.txt"))
    fail(ErrorCode::not_found, folder.string(), "name the folder of a model with its tokenizer",
         "it has neither tokenizer.json nor vocab.txt");
  const auto optional = [&](const char* name) {
    return exists(name) ? text::read_file(folder / name) : text::NamedText{};
  };
  const text::ConfigFiles files{optional("tokenizer_config.json"), optional("special_tokens_map.json"),
                                optional("added_tokens.json")};
  const std::string name = text::class_of(folder, files.tokenizer_config);
  const bool bert = text::is_bert(name);
  const text::NamedText file = text::read_file(folder / (has_json ? "tokenizer.json" : "vocab.txt"));
  if (!has_json && !bert)
    fail(ErrorCode::unsupported, file.path, "add the tokenizer.json of the model",
         "a vocab.txt is read as BertTokenizer does it, and the folder names the class '{}'", name.substr(0, 60));
  text::Spec spec =
      !has_json ? text::read_vocab_txt(file.text, file.path)
                : text::read_tokenizer_json(file.text, file.path, bert ? text::Parts::vocabulary : text::Parts::all);
  text::read_config(files, bert, spec);
  if (bert) text::name_bert_tokens(spec);
  return text::build(std::move(spec), file.path);
}

Tokenizer Tokenizer::lowercased() const {
  text::Spec spec = text::read_tokenizer_json(serialize(), "tokenizer", text::Parts::all);
  // Accents stay where they stayed before: only what is left to "as lowercase" would change.
  spec.strip_accents = spec.strip_accents.value_or(spec.lowercase);
  spec.lowercase = true;
  return text::build(std::move(spec), "tokenizer");
}

}  // namespace lathe
