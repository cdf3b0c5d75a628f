// The elementary functions of simd_math.h, seen through the unary kernels of each instruction set, over floats of every
// size and sign.
#include <gtest/gtest.h>

#include <bit>
#include <functional>

#include "kernel_testing.h"
#include "kernels/cpu/elementwise/elementwise.h"

namespace lathe::cpu {
namespace {

using namespace lathe::testing;

/// Floats spread evenly over all bit patterns, then densely over [-12, 12].
std::vector<float> samples() {
  std::vector<float> x;
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 40009) {
    const float f = std::bit_cast<float>(static_cast<uint32_t>(bits));
    if (std::isfinite(f)) x.push_back(f);
  }
  for (float f = -12; f < 12; f += 2e-4f) x.push_back(f);
  return x;
}

std::vector<float> run(const UnaryKernel& kernel, UnaryOp op, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  UnaryArgs args;
  args.op = op;
  args.x = x.data();
  args.y = y.data();
  args.rows = 1;
  args.n = args.x_stride = args.y_stride = static_cast<int64_t>(x.size());
  Team solo = Team::solo();
  kernel.run(args, solo);
  return y;
}

/// Holds f to bound(x, truth) for every sample where the truth is in the range of floats.
void check(UnaryOp op, const std::function<double(double)>& truth, const std::function<double(double, double)>& bound) {
  const std::vector<float> x = samples();
  for (const UnaryKernel& kernel : runnable(unary_kernels())) {
    if (kernel.type != DType::f32) continue;
    const std::vector<float> y = run(kernel, op, x);
    int failures = 0;
    for (size_t i = 0; i < x.size() && failures < 5; ++i) {
      const double t = truth(static_cast<double>(x[i])), error = std::fabs(static_cast<double>(y[i]) - t);
      if (std::isnan(t) || std::fabs(t) > 3.4e38) continue;
      if (!(error <= bound(static_cast<double>(x[i]), t))) {
        ++failures;
        ADD_FAILURE() << kernel.name << " at " << x[i] << ": " << y[i] << ", not " << t;
      }
    }
  }
}

/// That many units in the last place, results below the normal range may vanish.
std::function<double(double, double)> ulps(double n) {
  return [n](double, double t) { return std::max(t == 0 ? 0 : n * std::ldexp(1.0, std::ilogb(t) - 23), 0x1p-126); };
}

double gelu(double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }
double gelu_tanh(double x) { return x / (1 + std::exp(-2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }

TEST(KernelsSimd, Exp) {
  check(
      UnaryOp::exp, [](double x) { return std::exp(x); }, ulps(1.5));
}
TEST(KernelsSimd, Tanh) {
  check(
      UnaryOp::tanh, [](double x) { return std::tanh(x); }, ulps(3));
}
TEST(KernelsSimd, Erf) {
  check(
      UnaryOp::erf, [](double x) { return std::erf(x); }, ulps(3));
}
TEST(KernelsSimd, Sigmoid) {
  check(
      UnaryOp::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, ulps(3));
}
TEST(KernelsSimd, Gelu) {
  check(UnaryOp::gelu, gelu, [](double x, double) { return 1e-7 * std::max(1.0, std::fabs(x)); });
}
TEST(KernelsSimd, GeluHasNoCancellationAtNegativeArguments) {
  check(UnaryOp::gelu, gelu,
        [](double x, double t) { return x < 0 ? 1e-6 * std::fabs(t) + 1.2e-8 : 1.2e-7 * x + 2e-8; });
}
TEST(KernelsSimd, GeluTanh) {
  check(UnaryOp::gelu_tanh, gelu_tanh,
        [](double x, double t) { return x < -5 ? 1e-10 : 2e-6 * std::fabs(t) + 0x1p-126; });
}

TEST(KernelsSimd, SpecialValues) {
  const float inf = INFINITY, top = 3.4028235e38f;
  const std::vector<float> x = {NAN, inf, -inf, top, -top, 0.0f, -0.0f, 1000.0f, -1000.0f};
  const std::pair<UnaryOp, std::vector<float>> expected[] = {
      {UnaryOp::tanh, {NAN, 1, -1, 1, -1, 0, -0.0f, 1, -1}},
      {UnaryOp::erf, {NAN, 1, -1, 1, -1, 0, -0.0f, 1, -1}},
      {UnaryOp::gelu, {NAN, inf, 0, top, 0, 0, 0, 1000, 0}},
      {UnaryOp::gelu_tanh, {NAN, inf, 0, top, 0, 0, 0, 1000, 0}},
      {UnaryOp::sigmoid, {NAN, 1, 0, 1, 0, 0.5f, 0.5f, 1, 0}},
      {UnaryOp::exp, {NAN, inf, 0, inf, 0, 1, 1, inf, 0}},
  };
  for (const UnaryKernel& kernel : runnable(unary_kernels())) {
    if (kernel.type != DType::f32) continue;
    for (const auto& [op, values] : expected) {
      const std::vector<float> y = run(kernel, op, x);
      for (size_t i = 0; i < x.size(); ++i) {
        SCOPED_TRACE(std::string(kernel.name) + " op " + std::to_string(static_cast<int>(op)) + " at " +
                     std::to_string(x[i]));
        if (std::isnan(values[i]))
          EXPECT_TRUE(std::isnan(y[i]));
        else if (std::isinf(values[i]))
          EXPECT_EQ(y[i], values[i]);
        else
          EXPECT_NEAR(y[i], values[i], 1e-5f * std::fabs(values[i]) + 1e-14f);
      }
    }
  }
}

}  // namespace
}  // namespace lathe::cpu
