// config.json whose fields are missing, of the wrong type or out of range; files that are no JSON.
#include "frontends/huggingface/reader.h"
#include "tests/frontends/model_folder.h"

namespace lathe::huggingface {
namespace {

using test::expect_error;
using test::ModelFolder;

void expect_refused(const ModelFolder& folder, ErrorCode code, std::string_view part) {
  const std::string path = folder.write();
  expect_error(code, part, [&] { read_folder(path); });
  // The same check without weights.
  expect_error(code, part, [&] { read_config(folder.config.dump(), "config.json"); });
}

TEST(ErrorsConfigFields, TheFolderItselfIsFine) {
  ModelFolder folder;
  test::Warnings warnings;
  EXPECT_EQ(read_folder(folder.write()).info.architecture, "BertForMaskedLM");
  EXPECT_TRUE(warnings.lines.empty()) << warnings.lines.front();
}

TEST(ErrorsConfigFields, Missing) {
  for (const char* key : {"model_type", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
                          "vocab_size", "max_position_embeddings"}) {
    ModelFolder folder;
    folder.config.erase(key);
    expect_refused(folder, ErrorCode::corrupt_file, std::string("'") + key + "' is missing");
    folder.config[key] = nullptr;
    expect_refused(folder, ErrorCode::corrupt_file, std::string("'") + key + "' is missing");
  }
}

TEST(ErrorsConfigFields, WrongType) {
  const std::pair<const char*, nlohmann::json> cases[] = {
      {"model_type", 3},          {"hidden_size", "768"},      {"hidden_size", 768.5},
      {"num_hidden_layers", {1}}, {"num_attention_heads", {}}, {"intermediate_size", true},
      {"hidden_act", 1},          {"layer_norm_eps", "small"}, {"tie_word_embeddings", 1},
      {"is_decoder", "no"},       {"architectures", "Bert"},   {"architectures", {1}},
      {"id2label", {"a", "b"}},   {"problem_type", 4},         {"id2label", nlohmann::json::object()},
  };
  for (const auto& [key, value] : cases) {
    if (value.is_null()) continue;
    ModelFolder folder;
    folder.config[key] = value;
    expect_refused(folder, ErrorCode::corrupt_file, key);
  }
}

TEST(ErrorsConfigFields, OutOfRange) {
  const std::pair<const char*, nlohmann::json> cases[] = {
      {"hidden_size", 0},
      {"hidden_size", -8},
      {"hidden_size", 1LL << 40},
      {"num_hidden_layers", 0},
      {"vocab_size", 0},
      {"num_attention_heads", 0},
      {"intermediate_size", -1},
      {"vocab_size", 1LL << 62},
      {"vocab_size", 18446744073709551615ull},
      {"num_hidden_layers", 1 << 30},
      {"type_vocab_size", 0},
      {"max_position_embeddings", 0},
      {"layer_norm_eps", -1.0},
      {"layer_norm_eps", 1e9},
      {"num_labels", 0},
  };
  for (const auto& [key, value] : cases) {
    ModelFolder folder;
    folder.config[key] = value;
    expect_refused(folder, ErrorCode::out_of_range, key);
  }
}

TEST(ErrorsConfigFields, HeadsDoNotDivideTheWidth) {
  ModelFolder folder;
  folder.config["num_attention_heads"] = 3;
  expect_refused(folder, ErrorCode::corrupt_file, "hidden_size 8 does not divide into num_attention_heads 3");
}

TEST(ErrorsConfigFields, LabelsAreNotNumbered) {
  for (const char* labels : {R"({"0": "a", "2": "b"})", R"({"one": "a"})", R"({"0": "a", "-1": "b"})",
                             R"({"0": "a", "00": "b"})", R"({"99999999999999999999": "a"})"}) {
    ModelFolder folder;
    folder.config["id2label"] = nlohmann::json::parse(labels);
    expect_refused(folder, ErrorCode::corrupt_file, "id2label");
  }
}

TEST(ErrorsConfigFields, NoConfig) {
  ModelFolder folder;
  const std::string path = folder.write();
  std::filesystem::remove(folder.path("config.json"));
  expect_error(ErrorCode::not_found, "there is no config.json; give a model folder", [&] { read_folder(path); });
}

TEST(ErrorsConfigFields, NoJson) {
  ModelFolder folder;
  auto refused = [&](const std::string& text, std::string_view part) {
    const std::string path = folder.write(text);
    expect_error(ErrorCode::corrupt_file, part, [&] { read_folder(path); });
  };
  refused("{\n  \"model_type\": \"bert\",\n  \"hidden_size\": ,\n}\n", "line 3");
  refused("{", "line 1");
  refused("[1, 2]", "expected a JSON object, found array");
  refused("\"bert\"", "expected a JSON object");
  refused("{\"model_type\": \"\xff\xfe\"}", "line 1");
  refused(std::string(100000, '['), "not JSON");
  refused(std::string("{\"a\":") + std::string(5000, '[') + std::string(5000, ']') + "}", "not JSON");
  refused(" \n", "not JSON");
}

}  // namespace
}  // namespace lathe::huggingface
