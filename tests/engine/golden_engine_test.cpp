// Compiled plans against what transformers computes in double precision, on the instruction set of the run: padded and
// packed inputs, FP32 and (where the machine has it) BF16.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/cpu.h"
#include "io/safetensors.h"
#include "lathe/build.h"
#include "tests/support/tensors.h"

namespace lathe {
namespace {

const std::string kGoldens = std::string(LATHE_SOURCE_DIR) + "/tests/goldens/models";
const std::vector<std::string> kInputs = {"input_ids", "attention_mask", "token_type_ids", "position_ids"};

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kGoldens)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

struct Golden {
  std::string folder;
  std::map<std::string, HostTensor> inputs, outputs;
  HostTensor first_kept;
  explicit Golden(const std::string& name) : folder(kGoldens + "/" + name) {
    SafetensorsFile file = SafetensorsFile::open(folder + "/golden.safetensors");
    for (const auto& entry : file.entries()) {
      if (entry.name == "first_kept")
        first_kept = file.tensor(entry);
      else if (std::find(kInputs.begin(), kInputs.end(), entry.name) != kInputs.end())
        inputs.emplace(entry.name, file.tensor(entry));
      else
        outputs.emplace(entry.name, file.tensor(entry));
    }
  }
  std::vector<std::string> output_names() const {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : outputs) names.push_back(name);
    return names;
  }
  bool per_text(const HostTensor& output) const {
    return !(output.shape.rank() >= 2 && output.shape[1] == inputs.at("input_ids").shape[1]);
  }
};

HostTensor owned(const ConstTensorRef& ref) {
  return {"", ref.dtype, ref.shape,
          Blob::copy_of(ref.data, static_cast<size_t>(ref.shape.count()) * size_of(ref.dtype))};
}

/// Rows of x whose `keep` is set, one after the other.
std::vector<double> kept_rows(const HostTensor& x, const std::vector<double>& keep) {
  std::vector<double> all = test::to_doubles(x), kept;
  size_t width = all.size() / keep.size();
  for (size_t r = 0; r < keep.size(); ++r)
    if (keep[r] != 0)
      kept.insert(kept.end(), all.begin() + static_cast<long>(r * width),
                  all.begin() + static_cast<long>((r + 1) * width));
  return kept;
}

void expect_golden(const Golden& golden, const Engine& engine, double tolerance) {
  Context context = engine.context({.threads = 2});
  for (const auto& [name, tensor] : golden.inputs)
    context.set_input(name, {tensor.dtype, tensor.shape, tensor.data.data});
  context.request(golden.output_names());
  Status status = context.run();
  ASSERT_TRUE(status.ok()) << status.message();
  for (const auto& [name, expected] : golden.outputs) {
    HostTensor result = owned(context.output(name));
    ASSERT_EQ(to_string(result.shape), to_string(expected.shape)) << name;
    // A vector a text comes from its first kept token here, from position 0 in transformers.
    std::vector<double> keep(static_cast<size_t>(result.shape[0]), 1.0);
    if (golden.per_text(expected)) keep = test::to_doubles(golden.first_kept);
    EXPECT_LE(test::norm_error(kept_rows(result, keep), kept_rows(expected, keep)), tolerance) << name;
  }
}

class GoldenEngine : public testing::TestWithParam<std::string> {};

TEST_P(GoldenEngine, Fp32EqualsTransformers) {
  Golden golden(GetParam());
  BuildOptions options;
  options.outputs = golden.output_names();
  expect_golden(golden, Engine(build(golden.folder, options)), 2e-6);
}

TEST_P(GoldenEngine, Bf16IsNear) {
  if (!active_features().has(Feature::avx512_bf16)) GTEST_SKIP() << "this level multiplies no bf16";
  Golden golden(GetParam());
  BuildOptions options;
  options.outputs = golden.output_names();
  options.precision = Precision::bf16;
  expect_golden(golden, Engine(build(golden.folder, options)), 3e-2);
}

/// The kept tokens end to end give the same bits as the padded batch.
TEST_P(GoldenEngine, PackedEqualsPadded) {
  Golden golden(GetParam());
  BuildOptions options;
  options.outputs = golden.output_names();
  Engine engine(build(golden.folder, options));
  Context padded = engine.context({.threads = 1}), packed = engine.context({.threads = 1});
  for (const auto& [name, tensor] : golden.inputs)
    padded.set_input(name, {tensor.dtype, tensor.shape, tensor.data.data});
  padded.request(golden.output_names());
  ASSERT_TRUE(padded.run().ok());

  const Shape shape = golden.inputs.at("input_ids").shape;
  std::vector<double> mask(static_cast<size_t>(shape.count()), 1.0);
  if (golden.inputs.count("attention_mask")) mask = test::to_doubles(golden.inputs.at("attention_mask"));
  std::vector<int32_t> bounds{0};
  std::map<std::string, std::vector<int32_t>> tokens;
  for (const char* name : {"input_ids", "token_type_ids", "position_ids"}) {
    std::vector<double> values;
    if (golden.inputs.count(name)) values = test::to_doubles(golden.inputs.at(name));
    for (size_t i = 0; i < mask.size(); ++i)
      if (mask[i] != 0)
        tokens[name].push_back(static_cast<int32_t>(!values.empty() ? static_cast<int64_t>(values[i])
                                                    : std::string_view(name) == "position_ids"
                                                        ? static_cast<int64_t>(i) % shape[1]
                                                        : 0));
  }
  for (int64_t b = 0; b < shape[0]; ++b)
    bounds.push_back(bounds.back() +
                     static_cast<int32_t>(std::count_if(mask.begin() + b * shape[1], mask.begin() + (b + 1) * shape[1],
                                                        [](double m) { return m != 0; })));
  for (auto& [name, values] : tokens)
    packed.set_input("packed." + name, {DType::i32, {static_cast<int64_t>(values.size())}, values.data()});
  packed.set_input("cu_seqlens", {DType::i32, {shape[0] + 1}, bounds.data()});
  std::vector<std::string> wanted;
  for (const auto& [name, tensor] : golden.outputs) wanted.push_back(golden.per_text(tensor) ? name : "packed." + name);
  packed.request(wanted);
  Status status = packed.run();
  ASSERT_TRUE(status.ok()) << status.message();
  for (const auto& [name, tensor] : golden.outputs) {
    bool per_text = golden.per_text(tensor);
    HostTensor a = owned(padded.output(name)), b = owned(packed.output(per_text ? name : "packed." + name));
    std::vector<double> keep = per_text ? std::vector<double>(static_cast<size_t>(shape[0]), 1.0) : mask;
    EXPECT_EQ(kept_rows(a, keep), test::to_doubles(b)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, GoldenEngine, testing::ValuesIn(cases()), [](const auto& of) {
  std::string name = of.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace lathe
