#include "kernels/cpu/layernorm/layernorm.h"

#include <gtest/gtest.h>

#include "kernel_testing.h"

namespace lathe::cpu {
namespace {

using namespace lathe::testing;

std::vector<double> reference(const Store& x, const Store* residual, const std::vector<float>* gamma,
                              const std::vector<float>* beta, size_t rows, size_t n, size_t stride, double epsilon) {
  std::vector<double> y;
  for (size_t r = 0; r < rows; ++r) {
    std::vector<double> s(n);
    double mean = 0, variance = 0;
    for (size_t c = 0; c < n; ++c) {
      s[c] = x[r * stride + c] + (residual != nullptr ? (*residual)[r * stride + c] : 0);
      mean += s[c] / static_cast<double>(n);
    }
    for (double v : s) variance += (v - mean) * (v - mean) / static_cast<double>(n);
    for (size_t c = 0; c < n; ++c)
      y.push_back((s[c] - mean) / std::sqrt(variance + epsilon) * static_cast<double>(gamma ? (*gamma)[c] : 1) +
                  static_cast<double>(beta ? (*beta)[c] : 0));
  }
  return y;
}

void check(const LayerNormKernel& kernel, size_t rows, size_t n, bool residual, bool affine, int threads) {
  SCOPED_TRACE(std::string(kernel.name) + " " + std::to_string(rows) + "x" + std::to_string(n));
  const size_t stride = n + 3;
  const float epsilon = 1e-5f;
  std::vector<double> values = normal_values(rows * stride, 1, 2);
  for (double& v : values) v += 3;  // a mean that cancels
  const Store x(kernel.type, values), r = normal_store(kernel.type, rows * stride, 2);
  const std::vector<float> gamma = to_floats(normal_values(n, 3)), beta = to_floats(normal_values(n, 4));
  Store y(kernel.type, rows * stride, 55);
  LayerNormArgs a;
  a.x = x.data();
  if (residual) a.residual = r.data();
  if (affine) {
    a.gamma = gamma.data();
    a.beta = beta.data();
  }
  a.y = y.data();
  a.rows = static_cast<int64_t>(rows);
  a.n = static_cast<int64_t>(n);
  a.x_stride = a.residual_stride = a.y_stride = static_cast<int64_t>(stride);
  a.epsilon = epsilon;
  run_team(threads, [&](Team& team) { kernel.run(a, team); });
  const auto expected = reference(x, residual ? &r : nullptr, affine ? &gamma : nullptr, affine ? &beta : nullptr, rows,
                                  n, stride, static_cast<double>(epsilon));
  std::vector<double> got;
  for (size_t i = 0; i < rows; ++i) {
    for (size_t c = 0; c < n; ++c) got.push_back(y[i * stride + c]);
    for (size_t c = n; c < stride; ++c) ASSERT_EQ(y[i * stride + c], 55);
  }
  // In short rows the deviations may be far smaller than the values that they are differences of.
  EXPECT_LT(relative_error(got, expected), tolerance(kernel.type, n < 8 ? 1e-5 : 5e-7));
}

TEST(KernelsLayerNorm, Sizes) {
  for (const LayerNormKernel& kernel : runnable(layernorm_kernels()))
    for (size_t n : {1, 2, 3, 7, 8, 17, 33, 100, 384, 768, 1024, 1027})
      for (size_t rows : {1, 2, 5, 64}) check(kernel, rows, n, n % 2 == 0, true, 2);
}

TEST(KernelsLayerNorm, Forms) {
  for (const LayerNormKernel& kernel : runnable(layernorm_kernels()))
    for (bool residual : {false, true})
      for (bool affine : {false, true})
        for (int threads : {1, 3}) check(kernel, 9, 100, residual, affine, threads);
}

TEST(KernelsLayerNorm, ManyRows) {
  for (const LayerNormKernel& kernel : runnable(layernorm_kernels())) check(kernel, 512, 384, true, true, 2);
}

TEST(KernelsLayerNorm, ConstantRowIsBeta) {
  for (const LayerNormKernel& kernel : runnable(layernorm_kernels())) {
    const Store x(kernel.type, 40, 2.5);
    const std::vector<float> beta(40, 0.75f);
    Store y(kernel.type, 40);
    LayerNormArgs a;
    a.x = x.data();
    a.beta = beta.data();
    a.y = y.data();
    a.rows = 1;
    a.n = a.x_stride = a.y_stride = 40;
    Team solo = Team::solo();
    kernel.run(a, solo);
    for (size_t i = 0; i < 40; ++i) EXPECT_EQ(y[i], 0.75) << kernel.name;
  }
}

TEST(KernelsLayerNorm, InPlaceOverTheResidual) {
  for (const LayerNormKernel& kernel : runnable(layernorm_kernels())) {
    const size_t n = 100, rows = 6;
    const Store x = normal_store(kernel.type, n * rows, 1);
    Store residual = normal_store(kernel.type, n * rows, 2);
    const auto expected = reference(x, &residual, nullptr, nullptr, rows, n, n, 1e-12);
    LayerNormArgs a;
    a.x = x.data();
    a.residual = a.y = residual.data();
    a.rows = rows;
    a.n = a.x_stride = a.residual_stride = a.y_stride = n;
    run_team(2, [&](Team& team) { kernel.run(a, team); });
    EXPECT_LT(relative_error(residual.values(), expected), tolerance(kernel.type, 5e-7)) << kernel.name;
  }
}

}  // namespace
}  // namespace lathe::cpu
