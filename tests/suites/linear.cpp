#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ops/linear.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

using Kind = ops::EpilogueRecord::Kind;

constexpr Tolerance kTolerance{.f32 = 2e-6, .bf16 = 4e-3, .f16 = 6e-4, .f64 = 1e-11};

struct Types {
  DType x, w, out;
};
/// Those that plans use, and some that only the reference takes.
constexpr Types kTypes[] = {
    {DType::f32, DType::f32, DType::f32},   {DType::bf16, DType::bf16, DType::bf16},
    {DType::bf16, DType::bf16, DType::f32}, {DType::f32, DType::bf16, DType::f32},
    {DType::f32, DType::bf16, DType::bf16}, {DType::f16, DType::f16, DType::f16},
    {DType::f64, DType::f32, DType::f64},
};

Case make_case(Random& random, Types types, const std::string& epilogue, bool transposed, Shape x, int64_t n) {
  ops::Linear op;
  op.transposed = transposed;
  op.out = types.out;
  parse(epilogue, op.epilogue);
  int64_t k = x[-1];
  // Means other than zero: sums that cancel would be all noise.
  Case made{op, {}, {1}};
  made.inputs.push_back(random.normal_tensor("x", types.x, x, 0.5));
  double scale = 1 / std::sqrt(static_cast<double>(std::max<int64_t>(k, 1)));
  made.inputs.push_back(random.normal_tensor("w", types.w, transposed ? Shape{n, k} : Shape{k, n}, 0.5 * scale, scale));
  Shape y = x;
  y[-1] = n;
  for (const ops::EpilogueRecord& record : op.epilogue.records)
    for (size_t i = 0; i < record.operands(); ++i) {
      if (record.kind == Kind::residual) {
        made.inputs.push_back(random.normal_tensor("residual", types.x, y));
        continue;
      }
      double middle = record.kind == Kind::layer_norm && i == 0 ? 1 : 0;
      made.constants.push_back(made.inputs.size());
      made.inputs.push_back(random.normal_tensor("vector", DType::f32, {n}, middle, 0.3));
    }
  return made;
}

TEST(SuiteLinear, Shapes) {
  Random random(31);
  Suite suite("linear", kTolerance);
  const std::pair<int64_t, int64_t> sizes[] = {{1, 1},     {3, 17},    {17, 3},    {100, 100}, {1, 1024}, {1024, 1},
                                               {384, 384}, {768, 100}, {100, 768}, {33, 2},    {64, 48},  {31, 31}};
  for (Types types : kTypes)
    for (bool transposed : {false, true})
      for (auto [k, n] : sizes)
        for (int64_t m : {1, 2, 5, 16, 17}) suite.check(make_case(random, types, "bias", transposed, {m, k}, n));
}

TEST(SuiteLinear, Rows) {
  Random random(32);
  Suite suite("linear", kTolerance);
  for (Types types : kTypes)
    for (int64_t m : {0, 1, 2, 3, 4, 6, 7, 8, 11, 12, 13, 15, 24, 31, 32, 33, 63, 64, 65, 100, 128, 200, 512})
      suite.check(make_case(random, types, "bias+gelu", true, {m, 48}, 40));
}

TEST(SuiteLinear, Epilogues) {
  Random random(33);
  Suite suite("linear", kTolerance);
  for (Types types : kTypes)
    for (const char* epilogue : {"",
                                 "bias",
                                 "bias+relu",
                                 "bias+tanh",
                                 "bias+gelu",
                                 "bias+gelu_tanh",
                                 "gelu",
                                 "residual",
                                 "bias+residual",
                                 "bias+residual+layer_norm(1e-12)",
                                 "bias+gelu+layer_norm(1e-05)",
                                 "layer_norm(1e-12)",
                                 "bias+relu+residual+layer_norm(1e-12)",
                                 "residual+bias",
                                 "bias+residual+relu",
                                 "residual+gelu",
                                 "bias+clip(0,6)",
                                 "bias+silu",
                                 "bias+clip(-0.5,0.5)+residual",
                                 "sigmoid",
                                 "leaky_relu(0.1,1)",
                                 "hard_sigmoid(0.2,0.5)",
                                 "bias+hard_swish",
                                 "bias+elu+residual",
                                 "layer_norm(1e-12)+residual",
                                 "gelu+bias+tanh"})
      for (int64_t n : {1, 17, 100, 384}) suite.check(make_case(random, types, epilogue, true, {13, 60}, n));
  suite.check_coverage();
}

TEST(SuiteLinear, Ranks) {
  Random random(34);
  Suite suite("linear", kTolerance);
  for (Types types : kTypes) {
    suite.check(make_case(random, types, "bias", true, {20}, 9));
    suite.check(make_case(random, types, "bias", true, {2, 3, 20}, 9));
    suite.check(make_case(random, types, "bias", true, {3, 0, 20}, 9));
    suite.check(make_case(random, types, "bias", true, {3, 0}, 9));
    suite.check(make_case(random, types, "bias+residual+layer_norm(1e-12)", true, {2, 3, 20}, 24));
  }
}

TEST(SuiteLinear, ModelSizes) {
  Random random(35);
  Suite suite("linear", kTolerance);
  for (Types types : {kTypes[0], kTypes[1], kTypes[2], kTypes[3], kTypes[4]}) {
    suite.check(make_case(random, types, "bias+gelu", true, {19, 384}, 1536));
    suite.check(make_case(random, types, "bias+residual+layer_norm(1e-12)", true, {19, 1536}, 384));
    suite.check(make_case(random, types, "bias+residual+layer_norm(1e-12)", true, {5, 3072}, 768));
    suite.check(make_case(random, types, "bias", true, {3, 768}, 2304));
  }
}

}  // namespace
}  // namespace lathe::test
