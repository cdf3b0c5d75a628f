// A model folder without its weights, or with weights of another kind.
#include "lathe/build.h"
#include "tests/errors/refusal.h"
#include "tests/frontends/model_folder.h"

namespace lathe {
namespace {
using namespace test;

TEST(ErrorsSafetensorsMissing, NoWeightsAtAll) {
  ModelFolder folder;
  const std::string path = folder.write();
  std::filesystem::remove(folder.path("model.safetensors"));
  expect_refusal_in(path, ErrorCode::not_found, {path, "has neither model.safetensors nor", "check the folder"},
                    [&] { build(path); });
}

TEST(ErrorsSafetensorsMissing, WeightsThatAreNotRead) {
  ModelFolder folder;
  const std::string path = folder.write();
  std::filesystem::rename(folder.path("model.safetensors"), folder.path("pytorch_model.bin"));
  expect_refusal_in(path, ErrorCode::unsupported, {path, "pytorch_model.bin", "convert it once in Python"},
                    [&] { build(path); });
}

TEST(ErrorsSafetensorsMissing, AShardIsNotThere) {
  ModelFolder folder;
  const std::string path = folder.write();
  std::filesystem::remove(folder.path("model.safetensors"));
  folder.put("model.safetensors.index.json",
             R"({"metadata": {}, "weight_map": {"bert.pooler.dense.bias": "model-00002-of-00002.safetensors"}})");
  expect_refusal_in(path, ErrorCode::not_found,
                    {path, "names the file 'model-00002-of-00002.safetensors', which is not there", "download"},
                    [&] { build(path); });
}

TEST(ErrorsSafetensorsMissing, NoFolder) {
  ModelFolder folder;
  const std::string path = folder.write() + "/absent";
  expect_refusal(ErrorCode::not_found, {path, "there is no such folder", "give a model folder"}, [&] { build(path); });
}

}  // namespace
}  // namespace lathe
