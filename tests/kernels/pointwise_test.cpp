#include "kernels/cpu/pointwise/pointwise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "tests/kernels/kernel_testing.h"

namespace lathe::testing {
namespace {

using lathe::cpu::PointwiseOp;

/// Floats of all exponents between two positive ones, with either sign.
std::vector<float> sweep(float from, float to, bool negative, bool positive) {
  std::vector<float> x;
  const uint32_t first = std::bit_cast<uint32_t>(from), last = std::bit_cast<uint32_t>(to);
  for (uint32_t bits = first; bits < last; bits += 20011) {
    if (positive) x.push_back(std::bit_cast<float>(bits));
    if (negative) x.push_back(-std::bit_cast<float>(bits));
  }
  return x;
}

void run(const lathe::cpu::PointwiseKernel& kernel, PointwiseOp op, const std::vector<float>& x, std::vector<float>& y,
         double alpha = 1, double beta = 1) {
  lathe::cpu::PointwiseStep step{op, DType::f32, DType::f32, 0, 0, 0, 1, alpha, beta};
  lathe::cpu::PointwiseInput input{x.data(), DType::f32, 1, {static_cast<int64_t>(x.size())}, {1}, 0};
  std::vector<std::byte> scratch(2 * lathe::cpu::kPointwiseSlot);
  y.resize(x.size());
  lathe::cpu::PointwiseArgs args{&input, &step, 1, 1, y.data(), static_cast<int64_t>(x.size()), scratch.data(), 2};
  Team team = Team::solo();
  kernel.run(args, team);
}

/// The largest error in units of the last place of what is exact; below the smallest normal number, in its units.
double worst(const std::vector<float>& x, const std::vector<float>& y, long double (*exact)(long double)) {
  double most = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const long double r = exact(x[i]);
    const auto size = std::max(std::abs(static_cast<float>(r)), std::numeric_limits<float>::min());
    const long double unit = std::nextafter(size, HUGE_VALF) - size;
    if (!std::isfinite(static_cast<float>(r))) continue;
    most = std::max(most, static_cast<double>(std::abs(y[i] - r) / unit));
  }
  return most;
}

TEST(KernelPointwise, ErrorsOfFunctions) {
  struct Function {
    PointwiseOp op;
    double ulp;
    std::vector<float> x;
    long double (*exact)(long double);
  };
  const Function functions[] = {
      {PointwiseOp::log, 2, sweep(1e-45f, 3e38f, false, true), [](long double x) { return std::log(x); }},
      {PointwiseOp::exp, 1.1, sweep(1e-6f, 87.0f, true, true), [](long double x) { return std::exp(x); }},
      {PointwiseOp::tanh, 3, sweep(1e-6f, 50.0f, true, true), [](long double x) { return std::tanh(x); }},
      {PointwiseOp::erf, 3, sweep(1e-6f, 10.0f, true, true), [](long double x) { return std::erf(x); }},
      {PointwiseOp::sigmoid, 3, sweep(1e-6f, 80.0f, true, true), [](long double x) { return 1 / (1 + std::exp(-x)); }},
      {PointwiseOp::softplus, 4, sweep(1e-9f, 80.0f, true, true),
       [](long double x) { return std::max(x, 0.0L) + std::log1p(std::exp(-std::abs(x))); }},
      {PointwiseOp::elu, 5, sweep(1e-9f, 80.0f, true, true), [](long double x) { return x < 0 ? std::expm1(x) : x; }},
      {PointwiseOp::mish, 6, sweep(1e-9f, 80.0f, true, true),
       [](long double x) { return x * std::tanh(std::max(x, 0.0L) + std::log1p(std::exp(-std::abs(x)))); }},
      {PointwiseOp::sin, 1, sweep(1e-6f, 1e6f, true, true), [](long double x) { return std::sin(x); }},
      {PointwiseOp::rsqrt, 1.5, sweep(1e-37f, 3e38f, false, true), [](long double x) { return 1 / std::sqrt(x); }},
  };
  for (const auto& kernel : runnable(lathe::cpu::pointwise_kernels()))
    for (const Function& function : functions) {
      std::vector<float> y;
      run(kernel, function.op, function.x, y);
      EXPECT_LE(worst(function.x, y, function.exact), function.ulp)
          << kernel.name << " function " << static_cast<int>(function.op);
    }
}

TEST(KernelPointwise, EndsOfTheLine) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> x = {kInfinity, -kInfinity, kNaN, 0.0f, -0.0f, -1.0f, 1.0f};
  for (const auto& kernel : runnable(lathe::cpu::pointwise_kernels())) {
    std::vector<float> y;
    run(kernel, PointwiseOp::log, x, y);
    EXPECT_EQ(y[0], kInfinity);
    EXPECT_TRUE(std::isnan(y[1]) && std::isnan(y[2]) && std::isnan(y[5]));
    EXPECT_EQ(y[3], -kInfinity);
    EXPECT_EQ(y[4], -kInfinity);
    EXPECT_EQ(y[6], 0.0f);
    run(kernel, PointwiseOp::elu, x, y);
    EXPECT_EQ(y[0], kInfinity);
    EXPECT_EQ(y[1], -1.0f);
    EXPECT_TRUE(std::isnan(y[2]));
    run(kernel, PointwiseOp::clip, x, y, -0.5, 0.5);
    EXPECT_EQ(y[0], 0.5f);
    EXPECT_EQ(y[1], -0.5f);
    EXPECT_TRUE(std::isnan(y[2]));
  }
}

}  // namespace
}  // namespace lathe::testing
