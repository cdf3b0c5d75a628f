#include <fstream>
#include <sstream>

#include "base/error.h"
#include "text/tokenizer_impl.h"

namespace lathe {
namespace text {
namespace {

constexpr std::string_view kCure = "get the file anew from where the model came from";

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || file.bad())
    fail(ErrorCode::io, path.string(), "check that it is a file and may be read", "it cannot be read");
  return std::move(text).str();
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
                      spec.truncate_left, spec.decoder_prefix, spec.max_length}));
}

}  // namespace text

Tokenizer Tokenizer::from_json(std::string_view tokenizer_json, std::string_view config_json) {
  const std::string where = "tokenizer.json";
  text::Spec spec = text::read_tokenizer_json(tokenizer_json, where);
  if (!config_json.empty()) text::read_config(config_json, "tokenizer_config.json", spec);
  return text::build(std::move(spec), where);
}

Tokenizer Tokenizer::from_folder(const std::filesystem::path& folder) {
  std::error_code ignored;
  const auto exists = [&](const char* name) { return std::filesystem::exists(folder / name, ignored); };
  const bool has_json = exists("tokenizer.json");
  if (!has_json && !exists("vocab.txt"))
    fail(ErrorCode::not_found, folder.string(), "name the folder of a model with its tokenizer",
         "it has neither tokenizer.json nor vocab.txt");
  const auto path = folder / (has_json ? "tokenizer.json" : "vocab.txt");
  const std::string content = text::read_file(path);
  text::Spec spec =
      has_json ? text::read_tokenizer_json(content, path.string()) : text::read_vocab_txt(content, path.string());
  const auto read_more = [&](const char* name, auto read) {
    if (exists(name)) read(text::read_file(folder / name), (folder / name).string(), spec);
  };
  read_more("tokenizer_config.json", text::read_config);
  read_more("special_tokens_map.json", text::read_special_tokens_map);
  if (!has_json) {
    // A vocab.txt alone says nothing of special tokens: BERT's own are special.
    for (const char* name : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}) {
      text::AddedToken token;
      token.content = name;
      token.special = true;
      if (spec.vocabulary.id_of(name) >= 0) spec.added.insert(spec.added.begin(), token);
    }
  }
  return text::build(std::move(spec), path.string());
}

}  // namespace lathe
