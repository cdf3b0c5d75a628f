// Weights that are there, but not of the shape or kind that config.json implies.
#include "lathe/build.h"
#include "tests/errors/refusal.h"
#include "tests/frontends/model_folder.h"

namespace lathe {
namespace {
using namespace test;

constexpr const char* kCure = "use the config.json that belongs to these weights";

void expect_mismatch(const ModelFolder& folder, const std::string& what) {
  const std::string path = folder.write();
  expect_refusal_in(path, ErrorCode::shape_mismatch, {path, what, kCure}, [&] { build(path); });
}

TEST(ErrorsWeightsWrongShape, Transposed) {
  ModelFolder folder;
  folder.add("bert.encoder.layer.0.intermediate.dense.weight", {8, 12});
  expect_mismatch(folder,
                  "the weight 'bert.encoder.layer.0.intermediate.dense.weight' is f32[8, 12], config.json implies "
                  "floats [12, 8]");
}

TEST(ErrorsWeightsWrongShape, OfAnotherRank) {
  ModelFolder folder;
  folder.add("bert.encoder.layer.0.output.dense.bias", {8, 1});
  expect_mismatch(folder, "is f32[8, 1], config.json implies floats [8]");
}

TEST(ErrorsWeightsWrongShape, OfAnotherVocabulary) {
  ModelFolder folder;
  folder.config["vocab_size"] = 12;
  expect_mismatch(folder, "config.json implies floats [12, 8]");
}

TEST(ErrorsWeightsWrongShape, OfAnotherNumberOfLabels) {
  ModelFolder folder("BertForSequenceClassification");
  folder.config["id2label"] = {{"0", "bad"}, {"1", "middling"}, {"2", "good"}};
  expect_mismatch(folder, "config.json implies floats [3, 8]");
}

TEST(ErrorsWeightsWrongShape, WholeNumbersAreNoWeights) {
  ModelFolder folder;
  folder.add("bert.encoder.layer.0.intermediate.dense.weight", {12, 8}, DType::i8);
  expect_mismatch(folder, "is i8[12, 8], config.json implies floats");
}

}  // namespace
}  // namespace lathe
