// Model folders against what transformers and sentence-transformers compute from them in double precision
// (scripts/make_goldens.py), on the reference backend.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "frontends/huggingface/reader.h"
#include "io/safetensors.h"
#include "lathe/tokenizer.h"
#include "tests/support/run_network.h"
#include "tests/support/tensors.h"

namespace lathe::huggingface {
namespace {

using test::NamedTensors;

const std::string kGoldens = std::string(LATHE_SOURCE_DIR) + "/tests/goldens";
const std::vector<std::string> kInputs = {"input_ids", "attention_mask", "token_type_ids", "position_ids"};

std::vector<std::string> folders_in(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string case_name(const testing::TestParamInfo<std::string>& of) {
  std::string name = of.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

/// Rows of x for which keep is nonzero.
std::vector<double> rows_of(const HostTensor& x, const HostTensor& keep) {
  std::vector<double> all = test::to_doubles(x), kept;
  size_t width = all.size() / static_cast<size_t>(x.shape[0]);
  for (size_t b = 0; b < static_cast<size_t>(x.shape[0]); ++b)
    if (keep.as<uint8_t>()[b] != 0)
      kept.insert(kept.end(), all.begin() + static_cast<long>(b * width),
                  all.begin() + static_cast<long>((b + 1) * width));
  return kept;
}

class HuggingFaceGolden : public testing::TestWithParam<std::string> {};

TEST_P(HuggingFaceGolden, EqualsTransformers) {
  const std::string folder = kGoldens + "/models/" + GetParam();
  SafetensorsFile golden = SafetensorsFile::open(folder + "/golden.safetensors");
  NamedTensors given;
  ReadOptions options;
  for (const auto& entry : golden.entries()) {
    if (std::find(kInputs.begin(), kInputs.end(), entry.name) != kInputs.end())
      given.emplace(entry.name, golden.tensor(entry));
    else if (entry.name != "first_kept")
      options.outputs.push_back(entry.name);
  }
  Model model = read_folder(folder, options);
  EXPECT_EQ(model.info.architecture, golden.metadata().at("class"));
  NamedTensors results = test::run_network(model.network, given);
  ASSERT_EQ(results.size(), options.outputs.size());
  HostTensor first_kept = golden.tensor("first_kept");
  for (const auto& [name, result] : results) {
    HostTensor expected = golden.tensor(name);
    ASSERT_EQ(to_string(result.shape), to_string(expected.shape)) << name;
    // A vector a text comes from its first kept token here, from position 0 in transformers: the two are the same
    // token only where position 0 is kept.
    bool per_text = !(result.shape.rank() >= 2 && result.shape[1] == given.at("input_ids").shape[1]);
    double error = per_text ? test::norm_error(rows_of(result, first_kept), rows_of(expected, first_kept))
                            : test::norm_error(result, expected);
    EXPECT_LE(error, 1e-6) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, HuggingFaceGolden, testing::ValuesIn(folders_in(kGoldens + "/models")), case_name);

class HuggingFaceEmbedGolden : public testing::TestWithParam<std::string> {};

TEST_P(HuggingFaceEmbedGolden, EqualsSentenceTransformers) {
  const std::string folder = kGoldens + "/embed/" + GetParam();
  Model model = read_folder(folder);
  ASSERT_TRUE(model.info.sentence.has_value());
  Tokenizer tokenizer = Tokenizer::from_folder(folder);
  // Newer folders leave the limit to the tokenizer.
  int64_t limit = model.info.sentence->max_seq_length;
  if (limit == 0) limit = tokenizer.max_length();
  EXPECT_EQ(limit, 24);
  auto texts = nlohmann::json::parse(read_text_file(folder + "/texts.json", 1 << 20)).get<std::vector<std::string>>();
  std::vector<double> vectors;
  for (const std::string& text : texts) {
    Encoding encoding = tokenizer.encode(text, {.max_length = limit});
    std::vector<double> ids(encoding.ids.begin(), encoding.ids.end());
    Shape shape{1, static_cast<int64_t>(ids.size())};
    NamedTensors results =
        test::run_network(model.network, {{"input_ids", test::make_tensor("", DType::i32, shape, ids)}});
    ASSERT_EQ(results.size(), 1u);
    std::vector<double> vector = test::to_doubles(results.at("sentence_embedding"));
    vectors.insert(vectors.end(), vector.begin(), vector.end());
  }
  HostTensor expected = SafetensorsFile::open(folder + "/golden.safetensors").tensor("embeddings");
  EXPECT_LE(test::norm_error(vectors, test::to_doubles(expected)), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Models, HuggingFaceEmbedGolden, testing::ValuesIn(folders_in(kGoldens + "/embed")), case_name);

TEST(HuggingFaceReader, BuiltInModel) {
  Model model = read_folder(std::string(LATHE_SOURCE_DIR) + "/models/minilm-fill-mask");
  EXPECT_EQ(model.info.hidden_size, 384);
  EXPECT_EQ(model.info.layers, 6);
  SafetensorsFile golden = SafetensorsFile::open(kGoldens + "/minilm-fill-mask/golden.safetensors");
  // One text: a scalar backend takes its time.
  std::vector<double> ids = test::to_doubles(golden.tensor("input_ids"));
  std::vector<double> mask = test::to_doubles(golden.tensor("attention_mask"));
  int64_t length = 0;
  while (length < golden.tensor("input_ids").shape[1] && mask[static_cast<size_t>(length)] != 0) ++length;
  ids.resize(static_cast<size_t>(length));
  NamedTensors results =
      test::run_network(model.network, {{"input_ids", test::make_tensor("", DType::i64, {1, length}, ids)}});
  std::vector<double> logits = test::to_doubles(results.at("logits"));
  auto vocabulary = static_cast<long>(model.info.vocab_size);
  auto row = logits.begin() + vocabulary * golden.tensor("mask_position").as<int64_t>()[0];
  std::vector<double> found(row, row + vocabulary), expected = test::to_doubles(golden.tensor("full_logits"));
  expected.resize(static_cast<size_t>(vocabulary));
  EXPECT_LE(test::norm_error(found, expected), 1e-6);
}

}  // namespace
}  // namespace lathe::huggingface
