#include "text/json_reader.h"
#include "text/tokenizer_impl.h"

namespace lathe {
namespace {

using text::Json;

std::string json_text(std::string_view s) { return Json(std::string(s)).dump(); }

Json parts(const std::vector<text::TemplatePart>& list, Json& special_tokens) {
  Json out = Json::array();
  for (const text::TemplatePart& part : list) {
    if (part.sequence >= 0) {
      out.push_back({{"Sequence", {{"id", part.sequence == 0 ? "A" : "B"}, {"type_id", part.type_id}}}});
      continue;
    }
    out.push_back({{"SpecialToken", {{"id", part.name}, {"type_id", part.type_id}}}});
    special_tokens[part.name] = {{"id", part.name}, {"ids", part.ids}, {"tokens", part.tokens}};
  }
  return out;
}

}  // namespace

// Members in alphabetical order (nlohmann::json sorts them), the vocabulary by id and last, since it is long.
std::string Tokenizer::serialize() const {
  const Impl& t = *impl_;
  const text::NormalizerFlags& flags = t.normalizer.flags();
  Json root;
  root["version"] = "1.0";
  root["added_tokens"] = Json::array();
  for (const text::AddedToken& a : t.added.list())
    root["added_tokens"].push_back({{"id", a.id},
                                    {"content", a.content},
                                    {"single_word", a.single_word},
                                    {"lstrip", a.lstrip},
                                    {"rstrip", a.rstrip},
                                    {"normalized", a.normalized},
                                    {"special", t.added.is_special(a.content)}});
  root["normalizer"] = {{"type", "BertNormalizer"},
                        {"clean_text", flags.clean_text},
                        {"handle_chinese_chars", flags.handle_chinese_chars},
                        {"strip_accents", t.strip_accents ? Json(*t.strip_accents) : Json()},
                        {"lowercase", flags.lowercase}};
  root["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
  Json special_tokens = Json::object();
  root["post_processor"] = {{"type", "TemplateProcessing"},
                            {"single", parts(t.layout.single, special_tokens)},
                            {"pair", parts(t.layout.pair, special_tokens)}};
  root["post_processor"]["special_tokens"] = special_tokens;
  if (t.has_decoder)
    root["decoder"] = {{"type", "WordPiece"}, {"prefix", t.decoder_prefix}, {"cleanup", t.decoder_cleanup}};
  root["lathe"] = {{"max_length", t.max_length},
                   {"truncate_left", t.truncate_left},
                   {"gives_types", t.gives_types},
                   {"cleanup_spaces", t.cleanup_spaces},
                   {"cls", t.roles.cls},
                   {"sep", t.roles.sep},
                   {"pad", t.roles.pad},
                   {"mask", t.roles.mask},
                   {"unk", t.roles.unk}};
  std::string out = root.dump();
  out.pop_back();  // the closing brace: the model follows
  out += ",\"model\":{\"type\":\"WordPiece\",\"unk_token\":" + json_text(t.model.unknown());
  out += ",\"continuing_subword_prefix\":" + json_text(t.model.prefix());
  out += ",\"max_input_chars_per_word\":" + std::to_string(t.model.max_word_chars()) + ",\"vocab\":{";
  const char* comma = "";
  for (const auto& entry : t.model.vocabulary().entries()) {
    out += comma;
    out += json_text(t.model.vocabulary().token(entry));
    out += ':';
    out += std::to_string(entry.id);
    comma = ",";
  }
  return out + "}}}";
}

}  // namespace lathe
