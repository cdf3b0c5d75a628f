#include "ops/dequantize.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::Dequantize;

TEST(SuiteDequantize, TypesAndAxes) {
  Random random(68);
  Suite suite("dequantize", {});
  const auto scales = [](const Shape& shape) { return pattern(DType::f32, shape, 3, 5, -1, 2); };
  for (DType type : {DType::i8, DType::u8, DType::i16, DType::u16, DType::i32, DType::f8e4m3, DType::f8e5m2})
    for (DType to : kFloats) {
      const HostTensor x = random.integer_tensor("x", type, {2, 3, 5}, 0, 100);
      suite.check({Dequantize{to}, {x, scales({})}});
      suite.check({Dequantize{to, 0}, {x, scales({1}), full("zero", type, {1}, 3)}});
      suite.check({Dequantize{to, -2}, {x, scales({3}), full("zero", type, {3}, 3)}});
      suite.check({Dequantize{to, 2, 2}, {x, scales({2, 3, 3}), full("zero", type, {2, 3, 3}, 3)}});
      suite.check({Dequantize{to}, {full("x", type, {0, 3}, 1), scales({})}});
      suite.check({Dequantize{to}, {full("x", type, {}, 1), scales({})}});
    }
  suite.check_coverage();
}

TEST(SuiteDequantize, Numbers) {
  const auto scale = [](const Shape& shape, std::initializer_list<double> values) {
    return make_tensor("scale", DType::f32, shape, values);
  };
  expect_numbers(
      {Dequantize{},
       {make_tensor("x", DType::u8, {3}, {0, 128, 255}), scale({}, {0.5}), make_tensor("zero", DType::u8, {}, {128})}},
      {{-64, 0, 63.5}}, 0);
  const HostTensor x = make_tensor("x", DType::i8, {2, 3}, {1, 2, 3, -4, -5, -128});
  expect_numbers({Dequantize{DType::f32, 0}, {x, scale({2}, {1, 0.5}), make_tensor("zero", DType::i8, {2}, {1, 127})}},
                 {{0, 1, 2, -65.5, -66, -127.5}}, 0);
  expect_numbers({Dequantize{DType::f32, 1, 2}, {x, scale({2, 2}, {1, 2, 4, 8})}}, {{1, 2, 6, -16, -20, -1024}}, 0);
  expect_numbers({Dequantize{DType::f16}, {make_tensor("x", DType::i32, {2}, {3, -100000}), scale({}, {1})}},
                 {{3, -INFINITY}}, 0);
  expect_numbers({Dequantize{}, {make_tensor("x", DType::f8e5m2, {3}, {1.25, 57344, NAN}), scale({}, {2})}},
                 {{2.5, 114688, NAN}}, 0);
}

TEST(SuiteDequantize, Refusals) {
  const ops::TensorType x{DType::i8, {2, 3}}, scale{DType::f32, {}};
  expect_refusal(Dequantize{}, {x}, "2 to 3 inputs");
  expect_refusal(Dequantize{}, {{DType::f32, {2}}, scale}, "8-bit float");
  expect_refusal(Dequantize{}, {{DType::boolean, {2}}, scale}, "8-bit float");
  expect_refusal(Dequantize{DType::i32}, {x, scale}, "floating point");
  expect_refusal(Dequantize{}, {x, {DType::i8, {}}}, "floating point");
  expect_refusal(Dequantize{}, {x, scale, {DType::u8, {}}}, "zero point must be i8");
  expect_refusal(Dequantize{DType::f32, 2}, {x, {DType::f32, {3}}}, "outside rank");
}

}  // namespace
}  // namespace lathe::test
