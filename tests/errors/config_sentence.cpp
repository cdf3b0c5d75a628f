// Folders of sentence-transformers: modules.json and what it names.
#include "frontends/huggingface/reader.h"
#include "ir/print.h"
#include "tests/frontends/model_folder.h"
#include "tests/support/run_network.h"
#include "tests/support/tensors.h"

namespace lathe::huggingface {
namespace {

using test::expect_error;
using test::ModelFolder;

nlohmann::json module(const char* kind, const char* path) {
  return {{"idx", 0}, {"name", "0"}, {"path", path}, {"type", std::string("sentence_transformers.models.") + kind}};
}

class ErrorsConfigSentence : public testing::Test {
 protected:
  ErrorsConfigSentence() : folder_("BertModel") {
    path_ = folder_.write();
    std::filesystem::create_directory(folder_.path("1_Pooling"));
    pooling({{"word_embedding_dimension", 8}, {"pooling_mode_mean_tokens", true}});
    modules({module("Transformer", ""), module("Pooling", "1_Pooling"), module("Normalize", "2_Normalize")});
  }
  void modules(const nlohmann::json& list) { folder_.put("modules.json", list.dump()); }
  void pooling(const nlohmann::json& config) { folder_.put("1_Pooling/config.json", config.dump()); }
  void refused(ErrorCode code, std::string_view part) {
    expect_error(code, part, [&] { read_folder(path_); });
  }
  ModelFolder folder_;
  std::string path_;
};

TEST_F(ErrorsConfigSentence, TheFolderItselfIsFine) {
  folder_.put("sentence_bert_config.json", R"({"max_seq_length": 5, "do_lower_case": false})");
  Model model = read_folder(path_);
  ASSERT_TRUE(model.info.sentence.has_value());
  EXPECT_EQ(model.info.sentence->pooling, std::vector<std::string>{"mean"});
  EXPECT_TRUE(model.info.sentence->normalize);
  EXPECT_EQ(model.info.sentence->max_seq_length, 5);
  // Its pooler is missing: sentence vectors do not need it.
  ASSERT_EQ(model.network.outputs.size(), 2u);
  EXPECT_EQ(model.network.outputs[0].name, "sentence_embedding");
  EXPECT_TRUE(model.network.outputs[1].on_demand);
}

TEST_F(ErrorsConfigSentence, SeveralModesAreJoined) {
  pooling({{"word_embedding_dimension", 8}, {"pooling_mode_cls_token", true}, {"pooling_mode_max_tokens", true}});
  modules({module("Transformer", ""), module("Pooling", "1_Pooling")});
  Model model = read_folder(path_);
  EXPECT_EQ(model.info.sentence->pooling, (std::vector<std::string>{"cls", "max"}));
  auto result = test::run_network(model.network, {{"input_ids", test::full("", DType::i32, {2, 3}, 4)}});
  EXPECT_EQ(to_string(result.at("sentence_embedding").shape), "[2, 16]");
}

TEST_F(ErrorsConfigSentence, PathsMayEndInASlash) {
  std::filesystem::create_directory(folder_.path("2_Dense"));
  folder_.put("2_Dense/config.json", R"({"in_features": 8, "out_features": 3})");
  const std::vector<HostTensor> weights = {test::full("linear.weight", DType::f32, {3, 8}, 1),
                                           test::full("linear.bias", DType::f32, {3}, 1)};
  write_safetensors(folder_.path("2_Dense/model.safetensors"), weights);
  const auto text = [&](const char* pooling, const char* dense) {
    modules({module("Transformer", ""), module("Pooling", pooling), module("Dense", dense)});
    return ir::print(read_folder(path_).network);
  };
  const std::string expected = text("1_Pooling", "2_Dense");
  EXPECT_NE(expected.find("2_Dense."), std::string::npos);
  EXPECT_EQ(text("1_Pooling/", "2_Dense/"), expected);
  EXPECT_EQ(text("./1_Pooling//", "./2_Dense//"), expected);
  modules({module("Transformer", ""), module("Pooling", "../1_Pooling/")});
  refused(ErrorCode::corrupt_file, "leaves the folder");
}

TEST_F(ErrorsConfigSentence, NoListOfModules) {
  for (const char* text : {"{}", "[]", "[1]", R"([{"type": 3, "path": ""}])", R"([{"type": "Transformer"}])"}) {
    folder_.put("modules.json", text);
    refused(ErrorCode::corrupt_file, "expected a list of modules");
  }
  folder_.put("modules.json", "[\n");
  refused(ErrorCode::corrupt_file, "not JSON");
}

TEST_F(ErrorsConfigSentence, PathLeavesTheFolder) {
  for (const char* path : {"../other", "/etc", "a/../../b"}) {
    modules({module("Transformer", ""), module("Pooling", path)});
    refused(ErrorCode::corrupt_file, "leaves the folder");
  }
}

TEST_F(ErrorsConfigSentence, NoPoolingConfig) {
  modules({module("Transformer", ""), module("Pooling", "9_Pooling")});
  refused(ErrorCode::not_found, "9_Pooling");
}

/// What Lathe lacks is named, once, and there is no vector rather than another one.
TEST_F(ErrorsConfigSentence, WhatLatheLacks) {
  const auto plain = nlohmann::json::array({module("Transformer", ""), module("Pooling", "1_Pooling")});
  const auto with = [&](const nlohmann::json& more) {
    nlohmann::json list = plain;
    list.push_back(more);
    modules(list);
  };
  const auto lacks = [&](const std::string& what) {
    test::Warnings warnings;
    const Model model = read_folder(path_);
    EXPECT_FALSE(model.info.sentence.has_value()) << what;
    EXPECT_NE(model.info.sentence_problem.find(what), std::string::npos) << model.info.sentence_problem;
    ASSERT_FALSE(warnings.lines.empty());
    EXPECT_NE(warnings.lines[0].find(what), std::string::npos) << warnings.lines[0];
    expect_error(ErrorCode::unsupported, what, [&] { read_folder(path_, {.outputs = {"sentence_embedding"}}); });
  };
  with(module("CNN", "2_CNN"));
  lacks("the module 'CNN'");
  with(module("Pooling", "1_Pooling"));
  lacks("a second Pooling");
  modules({module("Transformer", ""), module("Normalize", ""), module("Pooling", "1_Pooling")});
  lacks("in front of Pooling");
  std::filesystem::create_directory(folder_.path("2_Dense"));
  with(module("Dense", "2_Dense"));
  folder_.put("2_Dense/config.json",
              R"({"in_features": 8, "out_features": 8, "activation_function": "torch.nn.modules.activation.ELU"})");
  lacks("the activation function 'torch.nn.modules.activation.ELU'");
  modules(plain);
  folder_.put("sentence_bert_config.json", R"({"max_seq_length": 5, "tokenizer_args": {"stride": 3}})");
  lacks("the setting 'tokenizer_args.stride'");
  folder_.put("sentence_bert_config.json", R"({"transformer_task": "fill-mask"})");
  lacks("the task or output");
  folder_.put("sentence_bert_config.json", R"({"surprise": 1})");
  lacks("the setting 'surprise'");
}

TEST_F(ErrorsConfigSentence, PromptsThatAreNone) {
  folder_.put("config_sentence_transformers.json", R"({"prompts": ["a"]})");
  refused(ErrorCode::corrupt_file, "'prompts' must be an object of texts");
  folder_.put("config_sentence_transformers.json", R"({"prompts": {"a": 3}})");
  refused(ErrorCode::corrupt_file, "'prompts' must be an object of texts");
  folder_.put("config_sentence_transformers.json", R"({"prompts": {"a": "b"}, "default_prompt_name": "c"})");
  refused(ErrorCode::corrupt_file, "there is no prompt 'c'");
  folder_.put("config_sentence_transformers.json", R"({"truncate_dim": 0})");
  refused(ErrorCode::out_of_range, "truncate_dim");
}

TEST_F(ErrorsConfigSentence, DenseThatDoesNotFit) {
  std::filesystem::create_directory(folder_.path("2_Dense"));
  modules({module("Transformer", ""), module("Pooling", "1_Pooling"), module("Dense", "2_Dense")});
  folder_.put("2_Dense/config.json", R"({"in_features": 9, "out_features": 8})");
  refused(ErrorCode::corrupt_file, "takes vectors of 9 numbers, the one before gives 8");
  folder_.put("2_Dense/config.json", R"({"in_features": 8, "out_features": 8})");
  refused(ErrorCode::not_found, "2_Dense");
}

TEST_F(ErrorsConfigSentence, UnknownPooling) {
  pooling({{"pooling_mode", "attention"}});
  expect_error(ErrorCode::unsupported, "pooling mode 'attention'",
               [&] { read_folder(path_, {.outputs = {"sentence_embedding"}}); });
  pooling({{"pooling_mode", 3}});
  refused(ErrorCode::corrupt_file, "pooling_mode");
}

TEST_F(ErrorsConfigSentence, LengthOutOfRange) {
  folder_.put("sentence_bert_config.json", R"({"max_seq_length": 0})");
  refused(ErrorCode::out_of_range, "max_seq_length");
}

}  // namespace
}  // namespace lathe::huggingface
