#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "lathe/error.h"
#include "lathe/tokenizer.h"
#include "tests/io/scratch.h"

namespace lathe {
namespace {

using Json = nlohmann::json;
const std::string kRoot = LATHE_SOURCE_DIR;
const std::string kModel = kRoot + "/models/minilm-fill-mask";

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A small tokenizer.json to change in tests of what is accepted.
Json small() {
  Json json;
  json["version"] = "1.0";
  json["added_tokens"] = Json::array();
  json["normalizer"] = {{"type", "BertNormalizer"},
                        {"clean_text", true},
                        {"handle_chinese_chars", true},
                        {"strip_accents", nullptr},
                        {"lowercase", true}};
  json["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
  json["post_processor"] = {{"type", "BertProcessing"}, {"sep", {"[SEP]", 3}}, {"cls", {"[CLS]", 2}}};
  json["decoder"] = {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}};
  json["model"] = {
      {"type", "WordPiece"},
      {"unk_token", "[UNK]"},
      {"continuing_subword_prefix", "##"},
      {"max_input_chars_per_word", 100},
      {"vocab",
       {{"[PAD]", 0}, {"[UNK]", 1}, {"[CLS]", 2}, {"[SEP]", 3}, {"[MASK]", 4}, {"un", 5}, {"##able", 6}, {"a", 7}}}};
  return json;
}

std::vector<std::string> tokens(const Tokenizer& t, const Encoding& e) {
  std::vector<std::string> out;
  for (const int32_t id : e.ids) out.emplace_back(t.id_to_token(id));
  return out;
}

ErrorCode code_of(const std::string& json, const std::string& config = {}) {
  try {
    Tokenizer::from_json(json, config);
    return ErrorCode::ok;
  } catch (const Error& e) {
    EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos) << e.what();
    return e.code();
  }
}

// The answers of Hugging Face `tokenizers`, written by scripts/check_tokenizer.py --write-sample.
TEST(TextTokenizer, HardCasesEqualTheReference) {
  const Json groups = Json::parse(read(kRoot + "/tests/text/hard_cases.json"));
  const Json base = Json::parse(read(kModel + "/tokenizer.json"));
  size_t checked = 0;
  for (const Json& group : groups) {
    Json json = base;
    if (group.contains("normalizer")) json["normalizer"].update(group["normalizer"]);
    if (group.contains("added_tokens"))
      for (const Json& token : group["added_tokens"]) json["added_tokens"].push_back(token);
    const Tokenizer tokenizer = Tokenizer::from_json(json.dump());
    const Tokenizer again = Tokenizer::from_json(tokenizer.serialize());
    EncodeOptions options;
    const bool windows = !group["options"].empty();
    if (windows) {
      options.max_length = group["options"]["max_length"];
      options.stride = group["options"]["stride"];
      if (group["options"]["strategy"] == "only_second") options.truncation = Truncation::only_second;
    }
    for (const Json& c : group["cases"]) {
      SCOPED_TRACE(group["name"].dump() + " " + c["text"].dump());
      const bool pair = c["text"].is_array();
      const std::string a = pair ? c["text"][0] : c["text"], b = pair ? c["text"][1].get<std::string>() : "";
      for (const Tokenizer& t : {tokenizer, again}) {
        const auto rows = pair ? t.encode_windows(a, b, options) : t.encode_windows(a, options);
        ASSERT_EQ(rows.size(), c["ids"].size());
        for (size_t i = 0; i < rows.size(); ++i) {
          std::vector<int32_t> offsets;
          for (const auto& [begin, end] : rows[i].offsets) offsets.insert(offsets.end(), {begin, end});
          EXPECT_EQ(rows[i].ids, c["ids"][i].get<std::vector<int32_t>>());
          EXPECT_EQ(offsets, c["offsets"][i].get<std::vector<int32_t>>());
        }
        const Encoding first = pair ? t.encode(a, b, options) : t.encode(a, options);
        std::string types;
        for (const int32_t type : first.type_ids) types += std::to_string(type);
        EXPECT_EQ(first.ids, rows[0].ids);
        EXPECT_EQ(types, c["type_ids"].get<std::string>());
        EXPECT_EQ(t.decode(first.ids, true), c["decoded"].get<std::string>());
      }
      ++checked;
    }
  }
  EXPECT_GE(checked, 300u);
}

// What BertNormalizer does: NFD and no marks only where accents are stripped; lower case is of each code point, and
// neither composes nor decomposes.
TEST(TextTokenizer, ComposedAndDecomposedAccents) {
  struct Case {
    Json strip_accents;
    bool lowercase;
    std::vector<std::string> composed, decomposed;
  };
  for (const Case& c : {Case{nullptr, true, {"e"}, {"e"}}, Case{true, true, {"e"}, {"e"}},
                        Case{true, false, {"E"}, {"E"}}, Case{false, true, {"é"}, {"e", "##\u0301"}},
                        Case{false, false, {"É"}, {"E", "##\u0301"}}, Case{nullptr, false, {"É"}, {"E", "##\u0301"}}}) {
    Json json = small();
    json["post_processor"] = nullptr;
    json["normalizer"].update({{"strip_accents", c.strip_accents}, {"lowercase", c.lowercase}});
    int id = 8;
    for (const char* token : {"e", "E", "\u00e9", "\u00c9", "##\u0301"}) json["model"]["vocab"][token] = id++;
    const Tokenizer t = Tokenizer::from_json(json.dump());
    SCOPED_TRACE(json["normalizer"].dump());
    EXPECT_EQ(tokens(t, t.encode("\u00c9")), c.composed);
    EXPECT_EQ(tokens(t, t.encode("E\u0301")), c.decomposed);
  }
}

TEST(TextTokenizer, BuiltInModel) {
  const Tokenizer t = Tokenizer::from_folder(kModel);
  EXPECT_EQ(t.vocab_size(), 30522);
  EXPECT_EQ(t.id_limit(), 30522);
  EXPECT_EQ(t.max_length(), 512);
  EXPECT_EQ(t.pad_id(), 0);
  EXPECT_EQ(t.unk_id(), 100);
  EXPECT_EQ(t.cls_id(), 101);
  EXPECT_EQ(t.sep_id(), 102);
  EXPECT_EQ(t.mask_id(), 103);
  EXPECT_EQ(t.token_to_id("paris"), 3000);
  EXPECT_EQ(t.token_to_id("no such token"), std::nullopt);
  EXPECT_EQ(t.id_to_token(3000), "paris");
  EXPECT_EQ(t.id_to_token(-1), "");
  EXPECT_EQ(t.id_to_token(30522), "");
  EXPECT_TRUE(t.is_special(103));
  EXPECT_FALSE(t.is_special(3000));
  const Encoding e = t.encode("Unaffable [MASK]!");
  EXPECT_EQ(tokens(t, e), (std::vector<std::string>{"[CLS]", "una", "##ffa", "##ble", "[MASK]", "!", "[SEP]"}));
  EXPECT_EQ(e.special_tokens_mask, (std::vector<uint8_t>{1, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(e.sequence_ids, (std::vector<int8_t>{-1, 0, 0, 0, 0, 0, -1}));
  EXPECT_EQ(t.decode(e.ids), "[CLS] unaffable [MASK]! [SEP]");
  EXPECT_EQ(t.decode(e.ids, true), "unaffable!");
  EXPECT_EQ(t.decode(e.ids, true, false), "unaffable !");
}

TEST(TextTokenizer, VocabularyFileAlone) {
  const io_test::Scratch scratch;
  const std::filesystem::path folder = scratch.path();
  std::filesystem::copy_file(kModel + "/vocab.txt", folder / "vocab.txt",
                             std::filesystem::copy_options::overwrite_existing);
  const Tokenizer json = Tokenizer::from_folder(kModel), plain = Tokenizer::from_folder(folder);
  for (const char* text : {"The [MASK] of France, na\u00efvely.", "\u4e2d\u6587 [SEP] x", ""}) {
    EXPECT_EQ(plain.encode(text).ids, json.encode(text).ids);
    EXPECT_EQ(plain.encode(text, "b").type_ids, json.encode(text, "b").type_ids);
  }
  EXPECT_EQ(plain.max_length(), 0);
  std::ofstream(folder / "tokenizer_config.json") << R"({"do_lower_case": false, "model_max_length": 77})";
  const Tokenizer cased = Tokenizer::from_folder(folder);
  EXPECT_EQ(cased.max_length(), 77);
  EXPECT_EQ(tokens(cased, cased.encode("Paris"))[1], "[UNK]");
}

TEST(TextTokenizer, MaskTokenInAnyCase) {
  const Tokenizer t = Tokenizer::from_folder(kModel);
  EXPECT_EQ(t.with_mask_token("a [mask] b [Mask][MASK] mask [mas"), "a [MASK] b [MASK][MASK] mask [mas");
  EXPECT_EQ(t.with_mask_token(""), "");
}

TEST(TextTokenizer, InvalidUtf8IsRefusedOrReplaced) {
  const Tokenizer t = Tokenizer::from_folder(kModel);
  EncodeOptions replace;
  replace.replace_invalid = true;
  const std::vector<std::pair<std::string, int>> cases = {
      {"abc\xff", 3},           {"\xc3", 0},        {"a\xe4\xb8 b", 1}, {"ab\xc0\xaf", 2}, {"\xed\xa0\x80", 0},
      {"x\xf4\x90\x80\x80", 1}, {"12345678\x80", 8}};
  for (const auto& [text, at] : cases) {
    try {
      t.encode(text);
      ADD_FAILURE() << "accepted " << testing::PrintToString(text);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
      EXPECT_NE(std::string(e.what()).find("byte " + std::to_string(at) + " "), std::string::npos) << e.what();
    }
    EXPECT_THROW(t.encode("fine", text), Error);
    EXPECT_NO_THROW(t.encode(text, replace));
  }
  // U+FFFD is removed from words, and counts as one character before them.
  const Encoding e = t.encode(
      "\xff"
      "paris",
      replace);
  EXPECT_EQ(tokens(t, e)[1], "paris");
  EXPECT_EQ(e.offsets[1], (std::pair<int32_t, int32_t>{1, 6}));
}

TEST(TextTokenizer, TruncationThatCannotBeReachedIsRefused) {
  const Tokenizer t = Tokenizer::from_folder(kModel);
  EncodeOptions o;
  o.max_length = 1;
  EXPECT_THROW(t.encode("a b c", o), Error);
  o.max_length = -5;
  EXPECT_THROW(t.encode("a b c", o), Error);
  o.max_length = 6;
  o.truncation = Truncation::only_second;
  EXPECT_THROW(t.encode("a b c d e f", o), Error);
  EXPECT_THROW(t.encode("a b c d e f", "g", o), Error);
  EXPECT_NO_THROW(t.encode("a", "b c d e f g", o));
  o.truncation = Truncation::longest_first;
  o.stride = 4;
  EXPECT_THROW(t.encode_windows("a b c d e f", o), Error);
  o.stride = -1;
  EXPECT_THROW(t.encode_windows("a b c d e f", o), Error);
}

TEST(TextTokenizer, OtherKindsAreUnsupported) {
  const auto with = [](const char* key, const Json& value) {
    Json json = small();
    json[key] = value;
    return json.dump();
  };
  EXPECT_EQ(code_of(small().dump()), ErrorCode::ok);
  EXPECT_EQ(code_of(with("model", {{"type", "BPE"}, {"vocab", {{"a", 0}}}, {"merges", {"a b"}}})),
            ErrorCode::unsupported);
  EXPECT_EQ(code_of(with("model", {{"type", "Unigram"}, {"vocab", Json::array({Json::array({"a", -1.5})})}})),
            ErrorCode::unsupported);
  EXPECT_EQ(code_of(with("normalizer", {{"type", "NFC"}})), ErrorCode::unsupported);
  EXPECT_EQ(code_of(with("pre_tokenizer", {{"type", "ByteLevel"}})), ErrorCode::unsupported);
  EXPECT_EQ(code_of(with("pre_tokenizer", nullptr)), ErrorCode::unsupported);
  EXPECT_EQ(code_of(with("post_processor", {{"type", "RobertaProcessing"}})), ErrorCode::unsupported);
  EXPECT_EQ(code_of(with("decoder", {{"type", "ByteLevel"}})), ErrorCode::unsupported);
  EXPECT_EQ(code_of(with("version", "2.0")), ErrorCode::unsupported);
  try {
    Tokenizer::from_json(with("model", {{"type", "BPE"}, {"vocab", Json::object()}}));
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("BPE"), std::string::npos);
    EXPECT_NE(std::string(e.what()).find("WordPiece"), std::string::npos);
  }
}

TEST(TextTokenizer, HostileFilesGiveOneError) {
  const auto bad = [](const char* path, const Json& value) {
    Json json = small();
    json[Json::json_pointer(path)] = value;
    return code_of(json.dump());
  };
  const auto corrupt = ErrorCode::corrupt_file;
  EXPECT_EQ(code_of(""), corrupt);
  EXPECT_EQ(code_of("null"), corrupt);
  EXPECT_EQ(code_of("[1"), corrupt);
  EXPECT_EQ(code_of("{}"), corrupt);
  EXPECT_EQ(code_of(std::string(100000, '[')), corrupt);
  EXPECT_EQ(code_of("{\"a\xff\":1}"), corrupt);
  EXPECT_EQ(bad("/model/vocab/x", -1), corrupt);
  EXPECT_EQ(bad("/model/vocab/x", 7), corrupt);  // the id of another token
  EXPECT_EQ(bad("/model/vocab/x", 4294967296), corrupt);
  EXPECT_EQ(bad("/model/vocab/x", 1e30), corrupt);
  EXPECT_EQ(bad("/model/vocab/x", "8"), corrupt);
  EXPECT_EQ(bad("/model/vocab/x", {8}), corrupt);
  EXPECT_EQ(bad("/model/vocab/x", {{"y", 8}}), corrupt);
  EXPECT_EQ(bad("/model/vocab/x", nullptr), corrupt);
  EXPECT_EQ(bad("/model/vocab", {1, 2}), corrupt);
  EXPECT_EQ(bad("/model/unk_token", "<unk>"), corrupt);
  EXPECT_EQ(bad("/model/unk_token", 3), corrupt);
  EXPECT_EQ(bad("/model/max_input_chars_per_word", -1), corrupt);
  EXPECT_EQ(bad("/normalizer/lowercase", "yes"), corrupt);
  EXPECT_EQ(bad("/normalizer", true), corrupt);
  EXPECT_EQ(bad("/post_processor/cls", "[CLS]"), corrupt);
  EXPECT_EQ(bad("/post_processor/cls", {"[CLS]", -2}), corrupt);
  EXPECT_EQ(bad("/added_tokens", {{{"content", "x"}}}), corrupt);
  EXPECT_EQ(bad("/added_tokens", "x"), corrupt);
  EXPECT_EQ(bad("/model/vocab/x", 2147483647), ErrorCode::ok);  // sparse ids are legal
  std::string twice = small().dump();
  twice.replace(twice.find("\"a\":7"), 5, "\"a\":7,\"a\":8");
  EXPECT_EQ(code_of(twice), corrupt);
  std::string deep = "{\"x\":";
  for (int i = 0; i < 100; ++i) deep += "{\"x\":";
  EXPECT_EQ(code_of(deep), corrupt);

  Json token = {{"id", 8},         {"content", "new"},    {"single_word", false}, {"lstrip", false},
                {"rstrip", false}, {"normalized", false}, {"special", false}};
  Json other = token;
  other["content"] = "other";
  EXPECT_EQ(bad("/added_tokens", Json::array({token})), ErrorCode::ok);
  EXPECT_EQ(bad("/added_tokens", Json::array({token, other})), corrupt);
  token["id"] = -8;
  EXPECT_EQ(bad("/added_tokens", Json::array({token})), corrupt);

  EXPECT_EQ(code_of(small().dump(), "{\"model_max_length\": \"long\"}"), corrupt);
  EXPECT_EQ(code_of(small().dump(), "{\"cls_token\": 5}"), corrupt);
  EXPECT_EQ(code_of(small().dump(), "{\"added_tokens_decoder\": {\"x\": \"y\"}}"), corrupt);
  EXPECT_EQ(code_of(small().dump(), "{"), corrupt);
  EXPECT_EQ(code_of(small().dump(), "{\"model_max_length\": 1000000000000000019884624838656}"), ErrorCode::ok);
}

TEST(TextTokenizer, EveryCutOfAFileIsRefused) {
  const std::string whole = small().dump();
  for (size_t n = 0; n < whole.size(); ++n) EXPECT_NE(code_of(whole.substr(0, n)), ErrorCode::ok) << n;
}

TEST(TextTokenizer, MissingFolder) {
  try {
    Tokenizer::from_folder("/no/such/folder");
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::not_found);
  }
}

TEST(TextTokenizer, SerializeKeepsEverything) {
  const Json config = {{"model_max_length", 99},
                       {"truncation_side", "left"},
                       {"clean_up_tokenization_spaces", true},
                       {"mask_token", {{"content", "<m>"}, {"lstrip", true}}},
                       {"additional_special_tokens", {"<extra>"}}};
  const Tokenizer t = Tokenizer::from_json(small().dump(), config.dump());
  const std::string saved = t.serialize();
  const Tokenizer u = Tokenizer::from_json(saved);
  EXPECT_EQ(u.serialize(), saved);
  EXPECT_EQ(u.max_length(), 99);
  EXPECT_EQ(u.mask_id(), t.mask_id());
  EXPECT_EQ(u.id_to_token(u.mask_id()), "<m>");
  EXPECT_TRUE(u.is_special(*u.token_to_id("<extra>")));
  EXPECT_EQ(u.with_mask_token("[MASK]"), "<m>");
  EncodeOptions o;
  o.max_length = 4;
  EXPECT_EQ(tokens(u, u.encode("un a a unable", o)), (std::vector<std::string>{"[CLS]", "un", "##able", "[SEP]"}));
  EXPECT_EQ(u.encode("a  <m>a").offsets[2], (std::pair<int32_t, int32_t>{1, 6}));
}

TEST(TextTokenizer, ThreadsShareOne) {
  const Tokenizer t = Tokenizer::from_folder(kModel);
  const auto want = t.encode("Ünaffable \u4e2d\u6587 [MASK].").ids;
  std::vector<std::thread> threads;
  std::vector<int> same(4, 0);
  for (size_t i = 0; i < same.size(); ++i)
    threads.emplace_back([&, i, copy = t] {
      for (int k = 0; k < 200; ++k) same[i] += copy.encode("Ünaffable \u4e2d\u6587 [MASK].").ids == want;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(same, std::vector<int>(4, 200));
}

}  // namespace
}  // namespace lathe
