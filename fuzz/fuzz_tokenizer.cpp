// Any bytes as a tokenizer.json: a tokenizer or one lathe::Error. Any bytes as text for a good tokenizer: an encoding
// whose offsets lie in the text, or one lathe::Error for invalid UTF-8.
#include <cstdlib>
#include <string_view>

#include "fuzz/target.h"
#include "lathe/error.h"
#include "lathe/tokenizer.h"
#include "text/tokenizer_impl.h"

namespace {

constexpr std::string_view kGood = R"({"version":"1.0","truncation":null,"padding":null,"added_tokens":[
  {"id":4,"content":"[MASK]","single_word":false,"lstrip":true,"rstrip":false,"normalized":false,"special":true},
  {"id":17,"content":"New","single_word":true,"lstrip":false,"rstrip":true,"normalized":true,"special":false}],
  "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
  "pre_tokenizer":{"type":"BertPreTokenizer"},
  "post_processor":{"type":"TemplateProcessing",
    "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],
    "pair":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}},
            {"Sequence":{"id":"B","type_id":1}},{"SpecialToken":{"id":"[SEP]","type_id":1}}],
    "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[3],"tokens":["[SEP]"]}}},
  "decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
  "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":20,
    "vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4,"a":5,"##a":6,"the":7,"un":8,"##aff":9,"##able":10,".":11,
             "\u4e2d":12,"\u00e9":13,"##\u0301":14,"b":15,"##b":16}}})";

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const lathe::Encoding& e, std::string_view text) {
  require(e.offsets.size() == e.size() && e.type_ids.size() == e.size());
  for (const auto& [begin, end] : e.offsets)
    require(0 <= begin && begin <= end && end <= static_cast<int32_t>(text.size()));
}

}  // namespace

std::vector<std::string> lathe::fuzz::seeds() {
  return {std::string(kGood),
          Tokenizer::from_json(kGood).serialize(),
          R"({"do_lower_case":true,"strip_accents":null,"tokenize_chinese_chars":true,"model_max_length":512,)"
          R"("mask_token":{"content":"[MASK]","lstrip":true},"pad_token":"[PAD]","unk_token":"[UNK]"})",
          R"({"x": 18, "a\u0000b": 19, "[MASK]": 4})",
          R"({"mask_token": "[MASK]", "additional_special_tokens": ["<x>", 3]})",
          "The un\u0301affable [MASK] New \u4e2d\u6587. \U0001f469\u200d\U0001f680 \u0130stanbul na\u00efve a.b\tc\n",
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa [MASK][MASK] [mask] un##able \u00a0\u2003\ufeff\ufffd"};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const lathe::Tokenizer good = lathe::Tokenizer::from_json(kGood);
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const auto tokenizer = lathe::Tokenizer::from_json(bytes);
    check(tokenizer.encode("The un\u0301affable [MASK] \u4e2d."), "The un\u0301affable [MASK] \u4e2d.");
    const std::string saved = tokenizer.serialize();
    require(lathe::Tokenizer::from_json(saved).serialize() == saved);
  } catch (const lathe::Error&) {}
  try {
    lathe::Tokenizer::from_json(kGood, bytes);
  } catch (const lathe::Error&) {}
  try {
    // As one of the files that lie beside it in a folder.
    lathe::text::ConfigFiles files{{"tokenizer_config.json", "{}"}, {}, {}};
    (size % 2 == 0 ? files.special_tokens_map : files.added_tokens) =
        lathe::text::NamedText{"beside.json", std::string(bytes)};
    lathe::text::Spec spec = lathe::text::read_tokenizer_json(kGood, "tokenizer.json", lathe::text::Parts::vocabulary);
    lathe::text::read_config(files, true, spec);
    const lathe::Tokenizer tokenizer = lathe::text::build(std::move(spec), "tokenizer.json");
    check(tokenizer.encode("The un\u0301affable [MASK] x."), "The un\u0301affable [MASK] x.");
  } catch (const lathe::Error&) {}
  try {
    check(good.encode(bytes), bytes);
  } catch (const lathe::Error&) {}
  lathe::EncodeOptions options;
  options.replace_invalid = true;
  options.max_length = 5 + static_cast<int64_t>(size % 7);
  options.stride = static_cast<int64_t>(size % 2);
  const std::string_view first = bytes.substr(0, size / 3);
  for (const lathe::Encoding& e : good.encode_windows(first, options)) {
    require(static_cast<int64_t>(e.size()) <= options.max_length);
    good.decode(e.ids, true);
  }
  // A pair cut on both sides has as many windows as its texts' windows multiplied: keep it small.
  try {
    good.encode_windows(first.substr(0, 40), bytes.substr(size / 3, 40), options);
  } catch (const lathe::Error&) {}
  return 0;
}
