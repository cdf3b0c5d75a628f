#include "ops/quantize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/dtype.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::Quantize;

constexpr DType kResults[] = {DType::i8, DType::u8, DType::i16, DType::u16, DType::f8e4m3, DType::f8e5m2};
constexpr double kInfinity = std::numeric_limits<double>::infinity();

HostTensor scales(const Shape& shape) { return pattern(DType::f32, shape, 3, 5, -1, 2); }

TEST(SuiteQuantize, TypesAndAxes) {
  Random random(67);
  Suite suite("quantize", {});
  for (DType type : {DType::f32, DType::bf16, DType::f16, DType::f64, DType::i32})
    for (DType to : kResults) {
      const HostTensor x = random.integer_tensor("x", type, {2, 3, 5}, -300, 300);
      suite.check({Quantize{to}, {x, scales({})}});
      suite.check({Quantize{to, 7}, {x, scales({1}), full("zero", to, {1}, 0)}});
      suite.check({Quantize{to, -2}, {x, scales({3}), full("zero", to, {3}, is_float(to) ? 0 : 7)}});
      suite.check({Quantize{to, 2, 2}, {x, scales({2, 3, 3}), full("zero", to, {2, 3, 3}, is_float(to) ? 0 : 7)}});
      suite.check({Quantize{to, 0, 2, false}, {x, scales({1, 3, 5})}});
      suite.check({Quantize{to, 1}, {full("x", type, {2, 0}, 1), scales({0})}});
      suite.check({Quantize{to}, {full("x", type, {}, 1), scales({})}});
    }
  suite.check_coverage();
}

void expect_quantized(const Quantize& op, std::initializer_list<double> x, double scale, const std::vector<double>& y,
                      double zero = 0) {
  const auto size = static_cast<int64_t>(x.size());
  expect_numbers(
      {op,
       {make_tensor("x", DType::f32, {size}, x), full("scale", DType::f32, {}, scale), full("zero", op.to, {}, zero)}},
      {y}, 0);
}

TEST(SuiteQuantize, Numbers) {
  // Halves to even, before the zero point is added; then saturation.
  expect_quantized({DType::i8}, {0.5, 1.5, 2.5, -0.5, -1.5, 127.5, -129, 1e30, -kInfinity, NAN}, 1,
                   {0, 2, 2, 0, -2, 127, -128, 127, -128, 0});
  expect_quantized({DType::u8}, {-3, 0.5, 1, 125, 126, 1000}, 0.5, {122, 129, 130, 255, 255, 255}, 128);
  expect_quantized({DType::i16}, {65536, -65538, 3}, 2, {32767, -32768, 2});
  expect_quantized({DType::u16}, {65534.5, 65536, -1}, 1, {65534, 65535, 0});
  // The quotient is rounded to F32: 0.35 / 0.1 is 3.5 there and 3.4999999 in double.
  expect_quantized({DType::i8}, {0.35F}, 0.1F, {4});
}

TEST(SuiteQuantize, SmallFloats) {
  // Between 16 and 32 steps are 2 in E4M3, 4 in E5M2; 19 and 22 are ties.
  expect_quantized({DType::f8e4m3}, {17, 19, 464, 465, -1e30, kInfinity}, 1, {16, 20, 448, 448, -448, 448});
  expect_quantized({DType::f8e5m2}, {18, 22, 61439, 61440, -1e30, kInfinity}, 1, {16, 24, 57344, 57344, -57344, 57344});
  const Quantize open{.to = DType::f8e4m3, .saturate = false};
  expect_quantized(open, {464, 465, -1e30, kInfinity, NAN}, 1, {448, NAN, NAN, NAN, NAN});
  const Quantize wide{.to = DType::f8e5m2, .saturate = false};
  expect_quantized(wide, {61439, 61440, -1e30, kInfinity, NAN}, 1, {57344, kInfinity, -kInfinity, kInfinity, NAN});
}

TEST(SuiteQuantize, ScalesOfAxesAndBlocks) {
  const HostTensor x = make_tensor("x", DType::f32, {2, 3}, {1, 2, 3, 4, 5, 6});
  const auto scale = [](const Shape& shape, std::initializer_list<double> values) {
    return make_tensor("scale", DType::f32, shape, values);
  };
  expect_numbers({Quantize{DType::i8, 0}, {x, scale({2}, {1, 0.5})}}, {{1, 2, 3, 8, 10, 12}});
  expect_numbers({Quantize{DType::i8, 1}, {x, scale({3}, {1, 0.5, 0.25})}}, {{1, 4, 12, 4, 10, 24}});
  expect_numbers({Quantize{DType::i8, 1, 2}, {x, scale({2, 2}, {1, 0.5, 0.25, 0.125})}}, {{1, 2, 6, 16, 20, 48}});
  expect_numbers({Quantize{DType::i8, 0, 2}, {x, scale({1, 3}, {1, 0.5, 0.25})}}, {{1, 4, 12, 4, 10, 24}});
  expect_numbers({Quantize{DType::u8}, {make_tensor("x", DType::i32, {2}, {7, -7}), scale({}, {2})}}, {{4, 0}});
}

TEST(SuiteQuantize, Refusals) {
  const auto f = [](std::vector<Dim> shape) { return ops::TensorType{DType::f32, std::move(shape)}; };
  const ops::Types in = {f({2, 3}), f({3})};
  constexpr int64_t huge = std::numeric_limits<int64_t>::max(), least = std::numeric_limits<int64_t>::min();
  expect_refusal(Quantize{}, {in[0]}, "2 to 3 inputs");
  expect_refusal(Quantize{DType::i32}, in, "does not make i32");
  expect_refusal(Quantize{DType::i4}, in, "does not make i4");
  expect_refusal(Quantize{DType::u8, 0}, in, "one value an index");
  expect_refusal(Quantize{DType::u8, huge}, in, "outside rank");
  expect_refusal(Quantize{DType::u8, least}, in, "outside rank");
  expect_refusal(Quantize{DType::u8, 1, -1}, in, "block_size");
  expect_refusal(Quantize{DType::u8, 1, 2}, in, "as many dimensions");
  expect_refusal(Quantize{DType::u8, 1, huge}, {in[0], f({2, 2})}, "one value a block");
  expect_refusal(Quantize{DType::u8}, {in[0], f({3, 1})}, "one or a vector");
  expect_refusal(Quantize{DType::u8}, {in[0], in[1], {DType::i8, {3}}}, "zero point must be u8");
  expect_refusal(Quantize{DType::u8}, {in[0], in[1], {DType::u8, {}}}, "one shape");
  expect_refusal(Quantize{DType::u8}, {{DType::i64, {2, 3}}, in[1]}, "floating point or i32");
  expect_refusal(Quantize{DType::u8}, {in[0], {DType::i32, {}}}, "floating point");
}

}  // namespace
}  // namespace lathe::test
