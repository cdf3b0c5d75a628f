// The built-in model, compiled, against PyTorch in double precision on real sentences, alone and as one batch.
#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "base/cpu.h"
#include "io/safetensors.h"
#include "lathe/build.h"
#include "tests/support/tensors.h"

namespace lathe {
namespace {

const std::string kRoot = LATHE_SOURCE_DIR;

/// At the one [MASK] of each text: a sample of the logits (every 37th of the vocabulary), and the best ones.
struct Golden {
  SafetensorsFile file = SafetensorsFile::open(kRoot + "/tests/goldens/minilm-fill-mask/golden.safetensors");
  HostTensor ids = file.tensor("input_ids"), mask = file.tensor("attention_mask");
  std::vector<double> sample = test::to_doubles(file.tensor("every_37th"));
  std::vector<double> best = test::to_doubles(file.tensor("top_logits"));
  std::vector<double> best_ids = test::to_doubles(file.tensor("top_ids"));
  int64_t texts = ids.shape[0], length = ids.shape[1];
  int64_t sampled = file.tensor("every_37th").shape[1], listed = file.tensor("top_ids").shape[1];

  int64_t mask_position(int64_t text) const { return file.tensor("mask_position").as<int64_t>()[at(text)]; }
  std::span<const double> sample_of(int64_t text) const {
    return std::span(sample).subspan(at(text * sampled), at(sampled));
  }
  int64_t best_id(int64_t text) const { return static_cast<int64_t>(best_ids[at(text * listed)]); }
  /// How much the best logit is above the next.
  double margin(int64_t text) const { return best[at(text * listed)] - best[at(text * listed + 1)]; }
  static size_t at(int64_t i) { return static_cast<size_t>(i); }
};

/// The logits at the [MASK] of each text, all texts in one batch.
std::vector<std::vector<double>> logits_at_masks(const Golden& golden, Precision precision) {
  BuildOptions options;
  options.precision = precision;
  Engine engine(build(kRoot + "/models/minilm-fill-mask", options));
  Context context = engine.context({.threads = 2});
  context.set_input("input_ids", {golden.ids.dtype, golden.ids.shape, golden.ids.data.data});
  context.set_input("attention_mask", {golden.mask.dtype, golden.mask.shape, golden.mask.data.data});
  // Rows are counted among the packed tokens.
  std::vector<double> mask = test::to_doubles(golden.mask);
  std::vector<int32_t> rows;
  for (int64_t t = 0; t < golden.texts; ++t) {
    auto end = mask.begin() + t * golden.length + golden.mask_position(t);
    rows.push_back(static_cast<int32_t>(std::count(mask.begin(), end, 1.0)));
  }
  context.set_input("rows", {DType::i32, {golden.texts}, rows.data()});
  context.request({"rows.logits"});
  Status status = context.run();
  if (!status.ok()) throw std::runtime_error(status.message());
  ConstTensorRef found = context.output("rows.logits");
  EXPECT_EQ(found.dtype, DType::f32);
  std::vector<std::vector<double>> logits;
  for (int64_t t = 0; t < found.shape[0]; ++t) {
    const float* row = static_cast<const float*>(found.data) + t * found.shape[1];
    logits.emplace_back(row, row + found.shape[1]);
  }
  return logits;
}

void expect_golden(Precision precision, double tolerance) {
  Golden golden;
  std::vector<std::vector<double>> logits = logits_at_masks(golden, precision);
  ASSERT_EQ(static_cast<int64_t>(logits.size()), golden.texts);
  double worst = 0;
  std::vector<double> all;
  for (int64_t t = 0; t < golden.texts; ++t) {
    const std::vector<double>& row = logits[Golden::at(t)];
    std::vector<double> sample;
    for (size_t i = 0; i < row.size(); i += 37) sample.push_back(row[i]);
    double error = test::norm_error(sample, golden.sample_of(t));
    EXPECT_LE(error, tolerance) << "text " << t;
    worst = std::max(worst, error);
    all.insert(all.end(), sample.begin(), sample.end());
    if (golden.margin(t) > 0.1) {
      EXPECT_EQ(std::max_element(row.begin(), row.end()) - row.begin(), golden.best_id(t)) << "text " << t;
    }
  }
  testing::Test::RecordProperty("worst_text", std::to_string(worst));
  testing::Test::RecordProperty("all_texts", std::to_string(test::norm_error(all, golden.sample)));
  std::vector<double> whole = test::to_doubles(golden.file.tensor("full_logits"));
  EXPECT_LE(test::norm_error(logits[0], whole), tolerance);
}

TEST(BuiltInModel, Fp32EqualsPyTorch) { expect_golden(Precision::fp32, 2e-6); }

TEST(BuiltInModel, Bf16IsNearAndAgreesOnTheBestAnswer) {
  if (!active_features().has(Feature::avx512_bf16)) GTEST_SKIP() << "this level multiplies no bf16";
  expect_golden(Precision::bf16, 1.5e-2);
}

}  // namespace
}  // namespace lathe
