#include "kernels/cpu/softmax/softmax.h"

#include <gtest/gtest.h>

#include "kernel_testing.h"

namespace lathe::cpu {
namespace {

using namespace lathe::testing;

std::vector<double> reference(const Store& x, size_t rows, size_t n, size_t stride, double scale) {
  std::vector<double> y;
  for (size_t r = 0; r < rows; ++r) {
    double top = -INFINITY, total = 0;
    for (size_t c = 0; c < n; ++c) top = std::max(top, x[r * stride + c] * scale);
    for (size_t c = 0; c < n; ++c) total += std::exp(x[r * stride + c] * scale - top);
    for (size_t c = 0; c < n; ++c)
      y.push_back(top == -INFINITY ? 0 : std::exp(x[r * stride + c] * scale - top) / total);
  }
  return y;
}

/// Scores of large size carry their own rounding into the exponent.
void check(const SoftmaxKernel& kernel, const Store& x, size_t rows, size_t n, size_t stride, float scale,
           int threads) {
  SCOPED_TRACE(std::string(kernel.name) + " " + std::to_string(rows) + "x" + std::to_string(n));
  Store y(kernel.type, rows * stride, 9);
  SoftmaxArgs a;
  a.x = x.data();
  a.y = y.data();
  a.rows = static_cast<int64_t>(rows);
  a.n = static_cast<int64_t>(n);
  a.x_stride = a.y_stride = static_cast<int64_t>(stride);
  a.scale = scale;
  run_team(threads, [&](Team& team) { kernel.run(a, team); });
  std::vector<double> got;
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < n; ++c) got.push_back(y[r * stride + c]);
    for (size_t c = n; c < stride; ++c) ASSERT_EQ(y[r * stride + c], 9);
  }
  EXPECT_LT(relative_error(got, reference(x, rows, n, stride, static_cast<double>(scale))),
            tolerance(kernel.type, scale > 1 ? 1e-5 : 1e-6));
}

TEST(KernelsSoftmax, Sizes) {
  for (const SoftmaxKernel& kernel : runnable(softmax_kernels()))
    for (size_t n : {1, 2, 3, 7, 8, 15, 16, 17, 100, 384, 512, 1000})
      for (size_t rows : {1, 7, 60})
        check(kernel, normal_store(kernel.type, rows * (n + 2), 3, 3), rows, n, n + 2, 1, 2);
}

TEST(KernelsSoftmax, ScalesOfAnySign) {
  for (const SoftmaxKernel& kernel : runnable(softmax_kernels()))
    for (float scale : {0.125f, -1.0f, 40.0f, 0.0f})
      check(kernel, normal_store(kernel.type, 5 * 33, 3, 3), 5, 33, 33, scale, 1);
}

TEST(KernelsSoftmax, HiddenElements) {
  for (const SoftmaxKernel& kernel : runnable(softmax_kernels())) {
    Store x = normal_store(kernel.type, 4 * 37, 3);
    for (size_t c = 0; c < 37; ++c) {
      if (c % 3 == 0) x.set(c, -INFINITY);
      if (c != 36) x.set(37 + c, -INFINITY);
      x.set(2 * 37 + c, -INFINITY);  // a row of nothing gives zeros
    }
    check(kernel, x, 4, 37, 37, 1, 2);
  }
}

TEST(KernelsSoftmax, LargeValuesDoNotOverflow) {
  for (const SoftmaxKernel& kernel : runnable(softmax_kernels()))
    check(kernel, normal_store(kernel.type, 3 * 50, 3, 1e4), 3, 50, 50, 1, 2);
}

TEST(KernelsSoftmax, InPlace) {
  for (const SoftmaxKernel& kernel : runnable(softmax_kernels())) {
    Store x = normal_store(kernel.type, 6 * 40, 3);
    const auto expected = reference(x, 6, 40, 40, 1);
    SoftmaxArgs a;
    a.x = a.y = x.data();
    a.rows = 6;
    a.n = a.x_stride = a.y_stride = 40;
    run_team(2, [&](Team& team) { kernel.run(a, team); });
    EXPECT_LT(relative_error(x.values(), expected), tolerance(kernel.type, 1e-6)) << kernel.name;
  }
}

}  // namespace
}  // namespace lathe::cpu
