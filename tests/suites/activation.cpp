#include <gtest/gtest.h>

#include "ops/activation.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

TEST(SuiteActivation, AllKinds) {
  Random random(1);
  Suite suite("activation", {});
  for (Activation kind :
       {Activation::none, Activation::relu, Activation::tanh, Activation::gelu, Activation::gelu_tanh})
    for (DType type : kFloats) {
      for (int64_t width : kWidths) suite.check({ops::Act{kind}, {random.normal_tensor("x", type, {5, width}, 0, 3)}});
      suite.check({ops::Act{kind}, {random.normal_tensor("x", type, {2, 3, 5, 7}, 0, 20)}});
      suite.check({ops::Act{kind}, {random.normal_tensor("x", type, {0, 8})}});
      suite.check({ops::Act{kind}, {random.normal_tensor("x", type, {})}});
    }
  suite.check_coverage();
}

TEST(SuiteActivation, TinyAndHugeValues) {
  // Relative accuracy near zero, saturation far from it.
  Suite suite("activation", {.bf16 = 6e-3});
  for (Activation kind :
       {Activation::none, Activation::relu, Activation::tanh, Activation::gelu, Activation::gelu_tanh})
    for (DType type : kFloats)
      for (double scale : {1e-4, 1e-2, 1e4})
        suite.check(
            {ops::Act{kind},
             {make_tensor("x", type, {7}, {-3 * scale, -scale, -0.1 * scale, 0, 0.1 * scale, scale, 3 * scale})}});
}

}  // namespace
}  // namespace lathe::test
