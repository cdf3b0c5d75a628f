#include <gtest/gtest.h>

#include <cmath>

#include "ops/activation.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

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

using ops::ActKind;

const ops::Act kOthers[] = {ops::Act(ActKind::sigmoid),
                            ops::Act(ActKind::silu),
                            ops::Act(ActKind::silu, 1.702),
                            ops::Act(ActKind::softplus),
                            ops::Act(ActKind::softplus, 0.5, 2),
                            ops::Act(ActKind::softsign),
                            ops::Act(ActKind::elu, 0.7),
                            ops::Act(ActKind::selu, 1.6732632423543772, 1.0507009873554805),
                            ops::Act(ActKind::celu, 2),
                            ops::Act(ActKind::celu, 0.5),
                            ops::Act(ActKind::leaky_relu, 0.01),
                            ops::Act(ActKind::leaky_relu, -2),
                            ops::Act(ActKind::thresholded_relu, 0.5),
                            ops::Act(ActKind::clip, -1, 2),
                            ops::Act(ActKind::clip, -HUGE_VAL, 2),
                            ops::Act(ActKind::clip, 0.25, HUGE_VAL),
                            ops::Act(ActKind::hard_sigmoid, 0.2, 0.5),
                            ops::Act(ActKind::hard_swish),
                            ops::Act(ActKind::scaled_tanh, 1.7159, 0.6667),
                            ops::Act(ActKind::mish)};

TEST(SuiteActivation, OtherKinds) {
  Random random(2);
  Suite suite("activation", {});
  for (const ops::Act& act : kOthers)
    for (DType type : kFloats) {
      for (int64_t width : {1, 17, 384}) suite.check({act, {random.normal_tensor("x", type, {5, width}, 0, 3)}});
      suite.check({act, {random.normal_tensor("x", type, {2, 3, 5, 7}, 0, 20)}});
      suite.check({act, {random.normal_tensor("x", type, {0, 8})}});
      suite.check({act, {random.normal_tensor("x", type, {})}});
      suite.check({act, {full("x", type, {3}, std::nan(""))}});
    }
  suite.check({ops::Act(ActKind::sigmoid), {make_tensor("x", DType::f32, {5}, {-200, -100, 0, 100, 200})}});
}

TEST(SuiteActivation, NaNStays) {
  for (const ops::Act& act : kOthers)
    expect_result(act, {full("x", DType::f32, {1}, std::nan(""))}, {1}, {std::nan("")});
  for (Activation kind :
       {Activation::none, Activation::relu, Activation::tanh, Activation::gelu, Activation::gelu_tanh})
    expect_result(ops::Act{kind}, {full("x", DType::f32, {1}, std::nan(""))}, {1}, {std::nan("")});
}

TEST(SuiteActivation, Numbers) {
  const HostTensor x = make_tensor("x", DType::f64, {4}, {-3, -0.5, 0.25, 4});
  const auto expect = [&](const ops::Act& act, const std::vector<double>& y) { expect_result(act, {x}, {4}, y); };
  expect(ops::Act(ActKind::sigmoid), {0.04742587317756678, 0.3775406687981454, 0.5621765008857981, 0.9820137900379085});
  expect(ops::Act(ActKind::silu, 1.702),
         {-0.01807130970778597, -0.1496115633936199, 0.1511996499001942, 3.9955852758604187});
  expect(ops::Act(ActKind::softplus, 0.5, 2),
         {0.0012378425688651786, 0.15663084375911143, 0.48703849209005334, 4.000167703186448});
  expect(ops::Act(ActKind::softsign), {-0.75, -0.3333333333333333, 0.2, 0.8});
  expect(ops::Act(ActKind::elu, 0.7), {-0.6651490521424952, -0.2754285382011566, 0.25, 4});
  expect(ops::Act(ActKind::selu, 1.67326, 1.0507), {-1.6705639217849153, -0.6917561973015314, 0.262675, 4.2028});
  expect(ops::Act(ActKind::celu, 2), {-1.5537396797031404, -0.44239843385719024, 0.25, 4});
  expect(ops::Act(ActKind::leaky_relu, 0.01), {-0.03, -0.005, 0.25, 4});
  expect(ops::Act(ActKind::thresholded_relu, 0.25), {0, 0, 0, 4});
  expect(ops::Act(ActKind::clip, -1, 2), {-1, -0.5, 0.25, 2});
  expect(ops::Act(ActKind::hard_sigmoid, 0.2, 0.5), {0, 0.4, 0.55, 1});
  expect(ops::Act(ActKind::hard_swish), {0, -0.20833333333333334, 0.13541666666666666, 4});
  expect(ops::Act(ActKind::scaled_tanh, 1.5, 0.5),
         {-1.3577223804672995, -0.36737799360556367, 0.1865295026573943, 1.4460413701137254});
  expect(ops::Act(ActKind::mish), {-0.14564746127562428, -0.22074377465173, 0.1695724096638176, 3.9974128069762385});
  // Bounds the wrong way round: the upper one.
  expect(ops::Act(ActKind::clip, 2, 1), {1, 1, 1, 1});
  // Far out: nothing overflows.
  expect_result(ops::Act(ActKind::softplus), {make_tensor("x", DType::f64, {2}, {1000, -1000})}, {2}, {1000, 0});
  expect_result(ops::Act(ActKind::mish), {make_tensor("x", DType::f64, {2}, {1000, -1000})}, {2}, {1000, 0});
  expect_result(ops::Act(ActKind::elu), {make_tensor("x", DType::f64, {2}, {1000, -1000})}, {2}, {1000, -1});
}

TEST(SuiteActivation, WhatIsRefused) {
  EXPECT_TRUE(is_refused(ops::Act(ActKind::celu, 0), {type_of("f32[2]")}));
  EXPECT_TRUE(is_refused(ops::Act(ActKind::clip, std::nan(""), 1), {type_of("f32[2]")}));
  EXPECT_TRUE(is_refused(ops::Act(ActKind::sigmoid), {type_of("i32[2]")}));
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
