// Which file of a folder counts for what: as AutoTokenizer of transformers puts a BERT model's tokenizer together.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "lathe/tokenizer.h"
#include "tests/errors/refusal.h"
#include "tests/frontends/model_folder.h"
#include "tests/io/scratch.h"

namespace lathe {
namespace {

using nlohmann::json;

/// A cased tokenizer.json without a template, with an added token and settings of some last call.
json cased() {
  json vocabulary = json::object();
  int id = 0;
  for (const char* token : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "A", "é", "É", "e", "##b"})
    vocabulary[token] = id++;
  return {{"version", "1.0"},
          {"truncation", {{"max_length", 3}, {"direction", "Right"}, {"stride", 0}, {"strategy", "LongestFirst"}}},
          {"added_tokens",
           {{{"id", 11},
             {"content", "<x>"},
             {"single_word", false},
             {"lstrip", false},
             {"rstrip", false},
             {"normalized", false},
             {"special", false}}}},
          {"normalizer",
           {{"type", "BertNormalizer"},
            {"clean_text", true},
            {"handle_chinese_chars", true},
            {"strip_accents", nullptr},
            {"lowercase", false}}},
          {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
          {"post_processor", nullptr},
          {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", false}}},
          {"model",
           {{"type", "WordPiece"},
            {"unk_token", "[UNK]"},
            {"continuing_subword_prefix", "##"},
            {"max_input_chars_per_word", 100},
            {"vocab", vocabulary}}}};
}

class TextFromFolder : public testing::Test {
 protected:
  std::vector<std::string> tokens(std::string_view text) const {
    const Tokenizer t = Tokenizer::from_folder(scratch_.path());
    std::vector<std::string> list;
    for (int32_t id : t.encode(text).ids) list.emplace_back(t.id_to_token(id));
    return list;
  }
  using List = std::vector<std::string>;
  io_test::Scratch scratch_;
};

TEST_F(TextFromFolder, ABertClassTakesTheVocabularyAlone) {
  scratch_.put("tokenizer.json", cased().dump());
  EXPECT_EQ(tokens("A É <x>"), (List{"[CLS]", "a", "e", "<x>", "[SEP]"})) << "lower-casing is the class's default";
  EXPECT_EQ(Tokenizer::from_folder(scratch_.path()).max_length(), 0) << "truncation is of the last call";
  scratch_.put("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizerFast", "do_lower_case": false})");
  EXPECT_EQ(tokens("A É"), (List{"[CLS]", "A", "É", "[SEP]"}));
  scratch_.put("tokenizer_config.json", R"({"added_tokens_decoder": {"11": {"content": "<y>"}}, "max_len": 7})");
  EXPECT_EQ(tokens("<x>"), (List{"[CLS]", "[UNK]", "[UNK]", "[UNK]", "[SEP]"}));
  EXPECT_EQ(tokens("<y>"), (List{"[CLS]", "<y>", "[SEP]"}));
  EXPECT_EQ(Tokenizer::from_folder(scratch_.path()).max_length(), 7);
}

TEST_F(TextFromFolder, OtherClassesTakeTheFileAsItIs) {
  scratch_.put("tokenizer.json", cased().dump());
  scratch_.put("tokenizer_config.json", R"({"tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": true})");
  EXPECT_EQ(tokens("A É <x>"), (List{"A", "É", "<x>"}));
  const Tokenizer t = Tokenizer::from_folder(scratch_.path());
  EXPECT_FALSE(t.gives_type_ids());
  EXPECT_FALSE(Tokenizer::from_json(t.serialize()).gives_type_ids());
  EXPECT_EQ(t.join(std::vector<std::string>{"do", "n't", "##b", "."}), "do n'tb .") << "the decoder without clean-up";
  scratch_.put("tokenizer_config.json", R"({"tokenizer_class": "PreTrainedTokenizerFast",
                                            "model_input_names": ["input_ids", "token_type_ids"]})");
  EXPECT_TRUE(Tokenizer::from_folder(scratch_.path()).gives_type_ids());
}

TEST_F(TextFromFolder, AddedTokensBesideAVocabulary) {
  scratch_.put("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n");
  scratch_.put("added_tokens.json", R"({"New": 6, "<s>": 7})");
  scratch_.put("special_tokens_map.json", R"({"additional_special_tokens": ["<s>"]})");
  EXPECT_EQ(tokens("a new <s>"), (List{"[CLS]", "a", "new", "<s>", "[SEP]"}));
  const Tokenizer t = Tokenizer::from_folder(scratch_.path());
  EXPECT_EQ(t.token_to_id("New"), 6);
  EXPECT_TRUE(t.is_special(7));
  EXPECT_FALSE(t.is_special(6));
}

TEST_F(TextFromFolder, AddedTokensWithoutAnIdAreRefused) {
  scratch_.put("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n");
  for (const char* text : {R"({"x": null})", R"({"x": "7"})", R"({"x": 1.5})", R"({"x": {}})", R"({"": null})"}) {
    scratch_.put("added_tokens.json", text);
    io_test::expect_error(ErrorCode::corrupt_file, "is no whole number",
                          [&] { Tokenizer::from_folder(scratch_.path()); });
  }
  scratch_.put("added_tokens.json", R"({"a\u0000b": 6})");
  EXPECT_EQ(Tokenizer::from_folder(scratch_.path()).id_limit(), 7);
}

TEST_F(TextFromFolder, TokensThatShareTheirWhiteSpace) {
  json file = cased();
  const auto token = [](int id, const char* content, bool rstrip) {
    return json{{"id", id},         {"content", content},  {"single_word", false}, {"lstrip", false},
                {"rstrip", rstrip}, {"normalized", false}, {"special", false}};
  };
  file["added_tokens"] = {token(11, "A1", true), token(12, " B2", false)};
  const Tokenizer t = Tokenizer::from_json(file.dump());
  const Encoding e = t.encode("a A1   B2 a");
  EXPECT_EQ(e.ids, (std::vector<int32_t>{5, 11, 12, 5}));
  EXPECT_EQ(e.offsets, (std::vector<std::pair<int32_t, int32_t>>{{0, 1}, {2, 7}, {6, 9}, {10, 11}}));
}

TEST_F(TextFromFolder, PaddingAtTheLeftIsSaidToMatterNot) {
  scratch_.put("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n");
  scratch_.put("tokenizer_config.json", R"({"padding_side": "left"})");
  const test::Warnings warnings;
  EXPECT_EQ(tokens("a"), (List{"[CLS]", "a", "[SEP]"}));
  ASSERT_EQ(warnings.lines.size(), 1u);
  EXPECT_NE(warnings.lines[0].find("texts are computed without padding"), std::string::npos);
}

TEST_F(TextFromFolder, LowerCaseFirstKeepsAccents) {
  scratch_.put("tokenizer.json", cased().dump());
  scratch_.put("tokenizer_config.json", R"({"do_lower_case": false})");
  const Tokenizer t = Tokenizer::from_folder(scratch_.path()), lower = t.lowercased();
  EXPECT_EQ(lower.encode("A É").ids, (std::vector<int32_t>{2, 5, 7, 3}));
  EXPECT_EQ(t.encode("A É").ids, (std::vector<int32_t>{2, 6, 8, 3}));
}

TEST_F(TextFromFolder, OnlyRegularFilesAreRead) {
  ASSERT_EQ(symlink("/dev/zero", scratch_.path("tokenizer.json").c_str()), 0);
  test::expect_refusal(ErrorCode::io, {"tokenizer.json", "is a pipe or device", "save it to a regular file"},
                       [&] { Tokenizer::from_folder(scratch_.path()); });
  ASSERT_EQ(unlink(scratch_.path("tokenizer.json").c_str()), 0);
  ASSERT_EQ(mkfifo(scratch_.path("tokenizer.json").c_str(), 0600), 0);
  test::expect_refusal(ErrorCode::io, {"tokenizer.json", "is a pipe or device", "save it to a regular file"},
                       [&] { Tokenizer::from_folder(scratch_.path()); });
  ASSERT_EQ(unlink(scratch_.path("tokenizer.json").c_str()), 0);
  scratch_.put("tokenizer.json", "");
  std::filesystem::resize_file(scratch_.path("tokenizer.json"), (uintmax_t{256} << 20) + 1);
  test::expect_refusal(ErrorCode::out_of_range, {"tokenizer.json", "more than", "check that it is the right file"},
                       [&] { Tokenizer::from_folder(scratch_.path()); });
}

}  // namespace
}  // namespace lathe
