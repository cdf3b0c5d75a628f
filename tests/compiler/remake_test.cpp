// Weights of plans are made again from their sources by their recipes.
#include "compiler/remake.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/cpu.h"
#include "io/weight_store.h"
#include "lathe/build.h"
#include "plan/file.h"
#include "tests/errors/refusal.h"
#include "tests/io/scratch.h"

namespace lathe {
namespace {

/// Every weight of the folder's plan, by way of its file; the number of those that are more than one source as it is.
int check(const std::string& folder, Precision precision) {
  BuildOptions options;
  options.precision = precision;
  const io_test::Scratch scratch;
  build(folder, options).save(scratch.path("model.plan"));
  const plan::Plan plan = plan::read_file(scratch.path("model.plan"), true);
  const WeightStore store = WeightStore::open(folder);
  int computed = 0;
  for (const plan::Weight& weight : plan.weights) {
    SCOPED_TRACE(weight.name);
    const Blob made = compiler::remake(weight, [&](std::string_view name) { return store.tensor(name); });
    EXPECT_EQ(made.size, weight.data.size);
    EXPECT_TRUE(made.size != weight.data.size || made.size == 0 ||
                std::memcmp(made.data, weight.data.data, made.size) == 0);
    computed += weight.recipe && weight.recipe->op;
  }
  return computed;
}

TEST(CompilerRemake, EveryWeightOfModels) {
  for (const char* name : {"models/base", "models/mlm-tied", "models/sequence"})
    for (Precision precision : {Precision::fp32, Precision::bf16}) {
      if (precision == Precision::bf16 && !active_features().has(Feature::avx512_bf16)) continue;
      SCOPED_TRACE(name);
      EXPECT_GT(check(std::string(LATHE_SOURCE_DIR "/tests/goldens/") + name, precision), 0);
    }
}

TEST(CompilerRemake, OfTheBuiltInModel) {
  EXPECT_GT(check(LATHE_SOURCE_DIR "/models/minilm-fill-mask", Precision::fp32), 20);
}

TEST(CompilerRemake, OtherSources) {
  plan::Weight weight;
  weight.name = "w";
  weight.shape = {2, 3};
  const auto source = [](const Shape& shape) {
    return [shape](std::string_view name) {
      std::byte* none = nullptr;
      return HostTensor{std::string(name), DType::f32, shape,
                        Blob::zeros(static_cast<size_t>(shape.count()) * sizeof(float), &none)};
    };
  };
  EXPECT_EQ(compiler::remake(weight, source({2, 3})).size, 24u);
  test::expect_refusal(ErrorCode::shape_mismatch, {"w", "its sources give f32[3, 2]", "same architecture"}, [&] {
    compiler::remake(weight, source({3, 2}));
  });
}

}  // namespace
}  // namespace lathe
