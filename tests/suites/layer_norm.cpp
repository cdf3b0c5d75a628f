#include <gtest/gtest.h>

#include "ops/layer_norm.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

Case make_case(Random& random, DType type, DType scale, bool residual, Shape shape, double mean = 0.5) {
  Case made{ops::LayerNorm{1e-12, residual}, {}};
  for (int i = 0; i < (residual ? 2 : 1); ++i) made.inputs.push_back(random.normal_tensor("x", type, shape, mean, 2));
  for (double middle : {1.0, 0.0}) {
    made.constants.push_back(made.inputs.size());
    made.inputs.push_back(random.normal_tensor("scale", scale, {shape[-1]}, middle, 0.2));
  }
  return made;
}

TEST(SuiteLayerNorm, Widths) {
  Random random(28);
  Suite suite("layer_norm", {.f32 = 2e-6, .f64 = 1e-11});
  for (DType type : kFloats)
    for (bool residual : {false, true})
      for (int64_t width : {1, 2, 3, 7, 8, 16, 17, 31, 33, 64, 100, 384, 768, 1000, 1024, 3072})
        for (int64_t rows : {0, 1, 5}) suite.check(make_case(random, type, DType::f32, residual, {rows, width}));
  suite.check_coverage();
}

TEST(SuiteLayerNorm, RanksAndTypes) {
  Random random(29);
  Suite suite("layer_norm", {.f32 = 2e-6, .f64 = 1e-11});
  for (DType type : kFloats)
    for (bool residual : {false, true}) {
      suite.check(make_case(random, type, type, residual, {2, 3, 48}));
      suite.check(make_case(random, type, DType::f32, residual, {2, 3, 48}));
      suite.check(make_case(random, type, DType::f32, residual, {48}));
      suite.check(make_case(random, type, DType::f32, residual, {512, 40}));
    }
}

TEST(SuiteLayerNorm, LargeMean) {
  // The mean is fifty times the deviation: a variance from sums of squares would lose its digits here.
  Random random(30);
  Suite suite("layer_norm", {.f32 = 5e-5, .bf16 = 4e-3, .f64 = 1e-11});
  for (DType type : kFloats)
    for (bool residual : {false, true}) suite.check(make_case(random, type, DType::f32, residual, {7, 384}, 100));
}

}  // namespace
}  // namespace lathe::test
