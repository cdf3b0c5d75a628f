#include <algorithm>

#include "base/error.h"
#include "text/json_reader.h"
#include "text/tokenizer_impl.h"

namespace lathe::text {
namespace {

constexpr std::string_view kOnlyBert =
    "only BERT tokenizers are supported (BertNormalizer, BertPreTokenizer, WordPiece)";

[[noreturn]] void unsupported(const JsonObject& in, const char* key, const std::string& type,
                              std::string_view supported) {
  fail(ErrorCode::unsupported, in.where(), kOnlyBert, "{} has the type '{}', not {}", in.path(key), type.substr(0, 60),
       supported);
}

/// The model, which must be WordPiece and have a vocabulary.
JsonObject need_wordpiece(const JsonObject& root) {
  const JsonObject model = root.need_object("model");
  const auto type = model.string("type");
  // Files of the first versions name no type.
  if (!type && (model.find("merges") || !model.find("continuing_subword_prefix")))
    unsupported(root, "model", "none", "WordPiece");
  if (type && *type != "WordPiece") unsupported(root, "model", *type, "WordPiece");
  model.need_object("vocab");
  return model;
}

void read_model(const JsonObject& root, Spec& spec) {
  const JsonObject model = need_wordpiece(root);
  spec.unknown = model.need_string("unk_token");
  spec.prefix = model.need_string("continuing_subword_prefix");
  spec.max_word_chars = static_cast<uint64_t>(model.need_integer("max_input_chars_per_word", 0, INT64_MAX));
}

void read_normalizer(const JsonObject& root, Spec& spec) {
  const auto normalizer = root.object("normalizer");
  if (!normalizer) {
    spec.clean_text = spec.handle_chinese_chars = spec.lowercase = false;
    return;
  }
  const std::string type = normalizer->need_string("type");
  if (type != "BertNormalizer") unsupported(root, "normalizer", type, "BertNormalizer");
  spec.clean_text = normalizer->need_boolean("clean_text");
  spec.handle_chinese_chars = normalizer->need_boolean("handle_chinese_chars");
  spec.strip_accents = normalizer->boolean("strip_accents");
  spec.lowercase = normalizer->need_boolean("lowercase");
}

void read_pre_tokenizer(const JsonObject& root) {
  const auto pre_tokenizer = root.object("pre_tokenizer");
  const std::string type = pre_tokenizer ? pre_tokenizer->need_string("type") : "none";
  if (type != "BertPreTokenizer") unsupported(root, "pre_tokenizer", type, "BertPreTokenizer");
}

void read_decoder(const JsonObject& root, Spec& spec) {
  const auto decoder = root.object("decoder");
  spec.has_decoder = decoder.has_value();
  if (!decoder) return;
  const std::string type = decoder->need_string("type");
  if (type != "WordPiece") unsupported(root, "decoder", type, "WordPiece");
  spec.decoder_prefix = decoder->need_string("prefix");
  spec.decoder_cleanup = decoder->need_boolean("cleanup");
}

TemplatePart read_fixed(const JsonObject& special_tokens, const JsonObject& piece) {
  TemplatePart part;
  part.name = piece.need_string("id");
  part.type_id = static_cast<int32_t>(piece.need_integer("type_id"));
  const JsonObject special = special_tokens.need_object(part.name.c_str());
  for (const Json& id : special.need_array("ids")) {
    const bool fits = id.is_number_unsigned() && id.get<uint64_t>() <= INT32_MAX;
    if (!fits) special.wrong("ids", "an array of ids");
    part.ids.push_back(id.get<int32_t>());
  }
  for (const Json& token : special.need_array("tokens")) {
    if (!token.is_string()) special.wrong("tokens", "an array of texts");
    part.tokens.push_back(token.get<std::string>());
  }
  if (part.tokens.size() != part.ids.size()) special.wrong("tokens", "as long as ids");
  return part;
}

std::vector<TemplatePart> read_parts(const JsonObject& processor, const char* key, int sequences) {
  const JsonObject special_tokens = processor.need_object("special_tokens");
  std::vector<TemplatePart> parts;
  std::vector<int> seen(2, 0);
  for (const Json& json : processor.need_array(key)) {
    const JsonObject item(json, processor.where(), processor.path(key));
    if (const auto fixed = item.object("SpecialToken")) {
      parts.push_back(read_fixed(special_tokens, *fixed));
      continue;
    }
    const JsonObject piece = item.need_object("Sequence");
    const std::string id = piece.need_string("id");
    TemplatePart part;
    part.sequence = id == "A" ? 0 : id == "B" ? 1 : -1;
    part.type_id = static_cast<int32_t>(piece.need_integer("type_id"));
    if (part.sequence < 0 || part.sequence >= sequences || seen[static_cast<size_t>(part.sequence)]++)
      piece.wrong("id", sequences == 1 ? "A, once" : "A or B, each once");
    parts.push_back(std::move(part));
  }
  return parts;
}

void read_post_processor(const JsonObject& root, Spec& spec) {
  const auto processor = root.object("post_processor");
  spec.layout = Template::plain();
  if (!processor) return;
  const std::string type = processor->need_string("type");
  if (type == "TemplateProcessing") {
    spec.layout->single = read_parts(*processor, "single", 1);
    spec.layout->pair = read_parts(*processor, "pair", 2);
  } else if (type == "BertProcessing") {
    const auto token = [&](const char* key) {
      const Json& pair = processor->need_array(key);
      const bool fits = pair.size() == 2 && pair[0].is_string() && pair[1].is_number_unsigned() &&
                        pair[1].get<uint64_t>() <= INT32_MAX;
      if (!fits) processor->wrong(key, "a token and its id");
      return std::pair(pair[0].get<std::string>(), pair[1].get<int32_t>());
    };
    const auto [cls, cls_id] = token("cls");
    const auto [sep, sep_id] = token("sep");
    spec.layout = Template::bert(cls, cls_id, sep, sep_id);
  } else {
    unsupported(root, "post_processor", type, "TemplateProcessing or BertProcessing");
  }
}

void read_added_tokens(const JsonObject& root, Spec& spec) {
  const Json* list = root.array("added_tokens");
  if (!list) return;
  std::vector<int64_t> ids;
  for (const Json& json : *list) {
    const JsonObject item(json, root.where(), "added_tokens");
    AddedToken token;
    token.content = item.need_string("content");
    token.single_word = item.need_boolean("single_word");
    token.lstrip = item.need_boolean("lstrip");
    token.rstrip = item.need_boolean("rstrip");
    token.normalized = item.need_boolean("normalized");
    token.special = item.need_boolean("special");
    token.id = static_cast<int32_t>(item.need_integer("id"));
    ids.push_back(token.id);
    spec.added.push_back(std::move(token));
  }
  std::sort(ids.begin(), ids.end());
  const auto same = std::adjacent_find(ids.begin(), ids.end());
  if (same != ids.end())
    fail(ErrorCode::corrupt_file, root.where(), "give each token an id of its own", "two added_tokens have the id {}",
         *same);
}

// What serialize() adds to the form of a tokenizer.json.
void read_extras(const JsonObject& root, Spec& spec) {
  const auto extras = root.object("lathe");
  if (!extras) return;
  spec.max_length = extras->need_integer("max_length", 0, INT64_MAX);
  spec.truncate_left = extras->need_boolean("truncate_left");
  spec.gives_types = extras->need_boolean("gives_types");
  spec.cleanup_spaces = extras->need_boolean("cleanup_spaces");
  const auto role = [&](const char* key) { return extras->need_string(key); };
  spec.roles = {role("cls"), role("sep"), role("pad"), role("mask"), role("unk")};
}

}  // namespace

Spec read_tokenizer_json(std::string_view json, const std::string& where, Parts parts) {
  Spec spec;
  const Json parsed = read_json(json, where, &spec.vocabulary);
  const JsonObject root(parsed, where, "");
  if (const auto version = root.string("version"); version && *version != "1.0")
    fail(ErrorCode::unsupported, where, "save it again with a current version of tokenizers",
         "it has the format version '{}', not 1.0", version->substr(0, 60));
  if (parts == Parts::vocabulary) {
    need_wordpiece(root);
  } else {
    read_model(root, spec);
    read_normalizer(root, spec);
    read_pre_tokenizer(root);
    read_post_processor(root, spec);
    read_decoder(root, spec);
  }
  read_added_tokens(root, spec);
  // The length of "truncation" is a setting of the last call, which transformers forgets; its side is kept.
  if (const auto truncation = root.object("truncation"))
    spec.truncate_left = truncation->string("direction").value_or("Right") == "Left";
  read_extras(root, spec);
  return spec;
}

}  // namespace lathe::text
