// A decoder beside the word embeddings that it should be tied to: used as it is, with a warning where the two differ.
#include "frontends/huggingface/reader.h"
#include "tests/frontends/model_folder.h"
#include "tests/support/run_network.h"
#include "tests/support/tensors.h"

namespace lathe::huggingface {
namespace {

using test::ModelFolder;
using test::Warnings;

TEST(ErrorsWeightsUntiedDecoder, DiffersWarnsAndIsUsed) {
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

}  // namespace
}  // namespace lathe::huggingface
