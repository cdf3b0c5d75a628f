// Features of sound and texts with numbers out of all bounds.
#include <cmath>

#include "tests/errors/onnx_files.h"

namespace lathe {
namespace {
using namespace test;

OnnxModel mel(float low, float high) {
  OnnxModel model = over({"x", 1, {"5", "2"}},
                         {{"MelWeightMatrix", {"n", "l", "r", "low", "high"}, {"m"}}, {"Add", {"x", "m"}, {"y"}}},
                         {numbers("n", {2}, true), numbers("l", {8}, true), numbers("r", {1}, true)});
  model.graph.initializers.push_back(OnnxTensor{"low", 1, {}, raw_of(std::vector<float>{low})});
  model.graph.initializers.push_back(OnnxTensor{"high", 1, {}, raw_of(std::vector<float>{high})});
  return model;
}

TEST(ErrorsOnnxFeatures, MelBandsFarOutside) {
  for (const auto& [low, high] :
       std::vector<std::pair<float, float>>{{0.0f, 1e30f}, {-700.0f, 100.0f}, {NAN, 100.0f}, {0.0f, NAN}})
    OnnxFile(mel(low, high)).refuses(ErrorCode::corrupt_file, "MelWeightMatrix", "its edges", "again");
  read_onnx(OnnxFile(mel(0, 1e14f)).path);  // bins that are not there take no time
  read_onnx(OnnxFile(mel(-1e2f, 1e14f)).path);
}

OnnxModel tf_idf(int64_t skips, const std::vector<int64_t>& places) {
  return over({"x", 7, {"6"}}, {{"TfIdfVectorizer",
                                 {"x"},
                                 {"y"},
                                 {{.name = "max_gram_length", .integer = 2},
                                  {.name = "min_gram_length", .integer = 1},
                                  {.name = "max_skip_count", .integer = skips},
                                  {.name = "mode", .text = "TF"},
                                  {.name = "ngram_counts", .integers = {0, 2}},
                                  {.name = "ngram_indexes", .integers = places},
                                  {.name = "pool_int64s", .integers = {1, 2, 3, 4}}}}});
}

TEST(ErrorsOnnxFeatures, NGramsWithoutBounds) {
  // Two tokens of six are at most five apart.
  const std::string all = read_onnx(OnnxFile(tf_idf(4, {0, 1, 2})).path).str();
  for (int64_t skips : {int64_t{5}, int64_t{1} << 62, INT64_MAX})
    EXPECT_EQ(read_onnx(OnnxFile(tf_idf(skips, {0, 1, 2})).path).str(), all) << skips;
  EXPECT_NE(read_onnx(OnnxFile(tf_idf(3, {0, 1, 2})).path).str(), all);
  OnnxFile(tf_idf(-1, {0, 1, 2})).refuses(ErrorCode::corrupt_file, "TfIdf", "max_skip_count is negative", "again");
  OnnxFile(tf_idf(0, {0, 1, INT64_MAX})).refuses(ErrorCode::corrupt_file, "TfIdf", "ngram_indexes do not fit", "again");
}

}  // namespace
}  // namespace lathe
