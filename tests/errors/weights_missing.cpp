// Weights that config.json implies and the folder lacks; those of a head or pooler that is not asked for may be.
#include "lathe/build.h"
#include "tests/errors/refusal.h"
#include "tests/frontends/model_folder.h"

namespace lathe {
namespace {
using namespace test;

constexpr const char* kCure = "use the config.json that belongs to these weights";

BuildOptions hidden_state_only() {
  BuildOptions options;
  options.outputs = {"last_hidden_state"};
  return options;
}

TEST(ErrorsWeightsMissing, AllAreNamed) {
  ModelFolder folder;
  folder.weights.erase("bert.encoder.layer.0.output.dense.weight");
  folder.weights.erase("bert.embeddings.LayerNorm.bias");
  const std::string path = folder.write();
  for (const char* what : {"2 weight(s) that config.json implies are missing", "bert.embeddings.LayerNorm.bias",
                           "bert.encoder.layer.0.output.dense.weight"})
    expect_refusal_in(path, ErrorCode::not_found, {path, what, kCure}, [&] { build(path); });
}

TEST(ErrorsWeightsMissing, MoreLayersThanTheFileHas) {
  ModelFolder folder;
  folder.config["num_hidden_layers"] = 256;
  const std::string path = folder.write();
  expect_refusal_in(path, ErrorCode::not_found, {path, "at least 64 weight(s)", kCure}, [&] { build(path); });
}

TEST(ErrorsWeightsMissing, AHeadMayBeLeftOut) {
  ModelFolder folder;
  std::erase_if(folder.weights, [](const auto& weight) { return weight.first.starts_with("cls."); });
  const std::string path = folder.write();
  expect_refusal_in(path, ErrorCode::not_found,
                    {path, "cls.predictions.transform.dense.weight", "the output 'logits' needs them"},
                    [&] { build(path); });
  const Plan plan = build(path, hidden_state_only());
  EXPECT_EQ(Engine(plan).outputs().front().name, "last_hidden_state");
}

/// As transformers loads such a model, with a warning; what hangs on the pooler is refused by the file's own names.
TEST(ErrorsWeightsMissing, APoolerMayBeLeftOut) {
  ModelFolder folder("BertModel");
  std::map<std::string, HostTensor> bare;
  for (auto& [name, tensor] : folder.weights) {
    tensor.name = name.substr(5);
    bare[tensor.name] = tensor;
  }
  folder.weights = bare;
  const std::string path = folder.write();
  Warnings warnings;
  const std::vector<TensorInfo> outputs = Engine(build(path)).outputs();
  for (const TensorInfo& output : outputs) EXPECT_EQ(output.name.find("pooler_output"), std::string::npos);
  EXPECT_EQ(outputs.front().name, "last_hidden_state");
  ASSERT_FALSE(warnings.lines.empty());
  EXPECT_NE(warnings.lines[0].find("pooler_output is left out: the folder lacks the weights of the pooling layer"),
            std::string::npos)
      << warnings.lines[0];
  BuildOptions options;
  options.outputs = {"pooler_output"};
  expect_refusal_in(path, ErrorCode::not_found,
                    {path, "missing: 'pooler.dense.weight'", "name the class of the weights"},
                    [&] { build(path, options); });
}

}  // namespace
}  // namespace lathe
