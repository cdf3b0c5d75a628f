// Weights that do not fit config.json: missing, surplus, misshapen, not finite.
#include <limits>

#include "frontends/huggingface/reader.h"
#include "tests/frontends/model_folder.h"
#include "tests/support/run_network.h"
#include "tests/support/tensors.h"

namespace lathe::huggingface {
namespace {

using test::expect_error;
using test::ModelFolder;
using test::Warnings;

TEST(ErrorsConfigWeights, MissingOnesAreNamed) {
  ModelFolder folder;
  folder.weights.erase("bert.encoder.layer.0.output.dense.weight");
  folder.weights.erase("bert.embeddings.LayerNorm.bias");
  const std::string path = folder.write();
  for (const char* name : {"2 weight(s)", "bert.encoder.layer.0.output.dense.weight", "bert.embeddings.LayerNorm.bias"})
    expect_error(ErrorCode::not_found, name, [&] { read_folder(path); });
}

TEST(ErrorsConfigWeights, ManyLayersTooMany) {
  ModelFolder folder;
  folder.config["num_hidden_layers"] = 256;
  const std::string path = folder.write();
  expect_error(ErrorCode::not_found, "at least 64 weight(s)", [&] { read_folder(path); });
}

TEST(ErrorsConfigWeights, MissingHeadMayBeLeftOut) {
  ModelFolder folder;
  std::erase_if(folder.weights, [](const auto& weight) { return weight.first.starts_with("cls."); });
  const std::string path = folder.write();
  expect_error(ErrorCode::not_found, "cls.predictions.transform.dense.weight", [&] { read_folder(path); });
  expect_error(ErrorCode::not_found, "the output 'logits' needs them", [&] { read_folder(path); });
  Model model = read_folder(path, {.outputs = {"last_hidden_state"}});
  ASSERT_EQ(model.network.outputs.size(), 1u);
  EXPECT_EQ(model.network.outputs[0].name, "last_hidden_state");
}

TEST(ErrorsConfigWeights, MissingPoolerMayBeLeftOut) {
  ModelFolder folder("BertModel");
  const std::string path = folder.write();
  expect_error(ErrorCode::not_found, "bert.pooler.dense.weight", [&] { read_folder(path); });
  EXPECT_EQ(read_folder(path, {.outputs = {"last_hidden_state"}}).network.outputs.size(), 1u);
}

TEST(ErrorsConfigWeights, WrongShape) {
  ModelFolder folder;
  folder.add("bert.encoder.layer.0.intermediate.dense.weight", {8, 12});
  const std::string path = folder.write();
  expect_error(ErrorCode::shape_mismatch, "f32[8, 12], config.json implies floats [12, 8]", [&] { read_folder(path); });
}

TEST(ErrorsConfigWeights, WrongVocabulary) {
  ModelFolder folder;
  folder.config["vocab_size"] = 12;
  const std::string path = folder.write();
  expect_error(ErrorCode::shape_mismatch, "[12, 8]", [&] { read_folder(path); });
}

TEST(ErrorsConfigWeights, WholeNumbersAreNoWeights) {
  ModelFolder folder;
  folder.add("bert.encoder.layer.0.intermediate.dense.weight", {12, 8}, DType::i8);
  const std::string path = folder.write();
  expect_error(ErrorCode::shape_mismatch, "i8[12, 8]", [&] { read_folder(path); });
}

TEST(ErrorsConfigWeights, WrongNumberOfLabels) {
  ModelFolder folder("BertForSequenceClassification");
  folder.config["id2label"] = {{"0", "bad"}, {"1", "middling"}, {"2", "good"}};
  const std::string path = folder.write();
  expect_error(ErrorCode::shape_mismatch, "[3, 8]", [&] { read_folder(path); });
}

TEST(ErrorsConfigWeights, NotFiniteWarns) {
  for (DType type : {DType::f32, DType::f16, DType::bf16, DType::f64})
    for (double special : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
      ModelFolder folder;
      std::vector<double> values(96, 0.5);
      values[77] = special;
      const std::string name = "bert.encoder.layer.0.intermediate.dense.weight";
      folder.weights[name] = test::make_tensor(name, type, {12, 8}, values);
      Warnings warnings;
      read_folder(folder.write());
      ASSERT_EQ(warnings.lines.size(), 1u);
      EXPECT_NE(warnings.lines[0].find("'" + name + "' has NaN or infinite elements"), std::string::npos)
          << warnings.lines[0];
    }
}

TEST(ErrorsConfigWeights, SurplusWarnsOnce) {
  ModelFolder folder;
  for (int i = 0; i < 9; ++i) folder.add("extra." + std::to_string(i), {2});
  folder.add("bert.embeddings.position_ids", {1, 6}, DType::i64);  // a buffer, not a weight
  Warnings warnings;
  read_folder(folder.write());
  ASSERT_EQ(warnings.lines.size(), 1u);
  EXPECT_NE(warnings.lines[0].find("9 weight(s) are not used: 'extra.0', 'extra.1', "), std::string::npos)
      << warnings.lines[0];
  EXPECT_NE(warnings.lines[0].find("..."), std::string::npos) << warnings.lines[0];
}

TEST(ErrorsConfigWeights, HeadThatIsNotAskedForIsNoSurplus) {
  ModelFolder folder;
  Warnings warnings;
  read_folder(folder.write(), {.outputs = {"last_hidden_state"}});
  EXPECT_TRUE(warnings.lines.empty()) << warnings.lines.front();
}

TEST(ErrorsConfigWeights, DecoderThatDiffersFromItsTieWarnsAndIsUsed) {
  ModelFolder folder;
  const std::string path = folder.write();
  test::NamedTensors ids = {{"input_ids", test::make_tensor("", DType::i32, {1, 3}, {1, 2, 3})}};
  HostTensor tied = test::run_network(read_folder(path).network, ids).at("logits");

  const HostTensor words = folder.weights.at("bert.embeddings.word_embeddings.weight");
  folder.weights["cls.predictions.decoder.weight"] = words;
  folder.weights["cls.predictions.decoder.weight"].name = "cls.predictions.decoder.weight";
  folder.write();
  Warnings warnings;
  EXPECT_EQ(test::norm_error(test::run_network(read_folder(path).network, ids).at("logits"), tied), 0);
  EXPECT_TRUE(warnings.lines.empty());

  std::vector<double> doubled = test::to_doubles(words);
  for (double& v : doubled) v *= 2;
  folder.weights["cls.predictions.decoder.weight"] =
      test::make_tensor("cls.predictions.decoder.weight", DType::f32, {11, 8}, doubled);
  folder.write();
  EXPECT_GT(test::norm_error(test::run_network(read_folder(path).network, ids).at("logits"), tied), 0.1);
  EXPECT_EQ(warnings.lines.size(), 1u);
}

TEST(ErrorsConfigWeights, IdsOutsideTheTables) {
  ModelFolder folder;
  Model model = read_folder(folder.write());
  auto run = [&](test::NamedTensors given) { test::run_network(model.network, given); };
  auto tensor = [](const char* name, std::initializer_list<double> values) {
    return test::make_tensor(name, DType::i64, {1, 2}, values);
  };
  HostTensor good = tensor("input_ids", {1, 2});
  expect_error(ErrorCode::out_of_range, "id 11 is outside the table of 11 rows", [&] {
    run({{"input_ids", tensor("", {0, 11})}});
  });
  expect_error(ErrorCode::out_of_range, "id -1 is outside", [&] { run({{"input_ids", tensor("", {-1, 0})}}); });
  expect_error(ErrorCode::out_of_range, "id 2 is outside the table of 2 rows", [&] {
    run({{"input_ids", good}, {"token_type_ids", tensor("", {0, 2})}});
  });
  expect_error(ErrorCode::out_of_range, "id 6 is outside the table of 6 rows", [&] {
    run({{"input_ids", test::full("", DType::i32, {1, 7}, 1)}});
  });
}

}  // namespace
}  // namespace lathe::huggingface
