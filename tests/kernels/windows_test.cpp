// Products of windows, convolutions channel by channel and pooling, every kernel that this machine can run, against
// sums in double precision.
#include "kernels/cpu/windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/cpu/depthwise/depthwise.h"
#include "kernels/cpu/gemm/gemm.h"
#include "kernels/cpu/pool/pool.h"
#include "tests/kernels/kernel_testing.h"

namespace lathe::cpu {
namespace {

using lathe::testing::normal_store;
using lathe::testing::relative_error;
using lathe::testing::run_team;
using lathe::testing::runnable;
using lathe::testing::Store;
using lathe::testing::tolerance;

constexpr int kTeams[] = {1, 2, 3};
constexpr int64_t kItems = 2;

/// Over [5, 7] with rows in front of each other where `depth` is more than 1.
Windows windows_over(int64_t k, int64_t stride, int64_t dilation, int64_t reach, int64_t channels, int64_t depth = 1) {
  Windows w;
  w.x[0] = depth, w.x[1] = 5, w.x[2] = 7;
  for (int d = depth > 1 ? 0 : 1; d < 3; ++d) {
    w.k[d] = k, w.stride[d] = stride, w.dilation[d] = dilation, w.before[d] = reach, w.after[d] = reach + 1;
    w.y[d] = std::max<int64_t>(0, w.x[d] + w.before[d] + w.after[d] - dilation * (k - 1) - 1 + stride) / stride;
  }
  w.channels = w.pixel_stride = channels;
  return w;
}

std::vector<Windows> many_windows(int64_t channels) {
  std::vector<Windows> list;
  for (int64_t k : {1, 2, 3, 5})
    for (int64_t stride : {1, 2, 3})
      for (int64_t reach : {0, 1, 3}) list.push_back(windows_over(k, stride, 1, reach, channels));
  list.push_back(windows_over(3, 1, 2, 2, channels));
  list.push_back(windows_over(3, 2, 3, 9, channels));
  list.push_back(windows_over(3, 1, 1, 1, channels, 3));
  return list;
}

/// Where an element of the window at a place lies in x, in pixels; -1: beyond.
int64_t pixel_at(const Windows& w, int64_t place, int64_t tap) {
  const int64_t item = place / w.places();
  int64_t pixel = 0, places[3] = {place / (w.y[1] * w.y[2]) % w.y[0], place / w.y[2] % w.y[1], place % w.y[2]};
  int64_t taps[3] = {tap / (w.k[1] * w.k[2]), tap / w.k[2] % w.k[1], tap % w.k[2]};
  for (int d = 0; d < 3; ++d) {
    const int64_t at = places[d] * w.stride[d] - w.before[d] + taps[d] * w.dilation[d];
    if (at < 0 || at >= w.x[d]) return -1;
    pixel = pixel * w.x[d] + at;
  }
  return item * w.x[0] * w.x[1] * w.x[2] + pixel;
}

int64_t pixels(const Windows& w) { return kItems * w.x[0] * w.x[1] * w.x[2]; }

TEST(KernelsWindows, ProductsOfEveryType) {
  for (const GemmKernel& kernel : runnable(gemm_kernels()))
    for (int64_t channels : {3, 17})
      for (const Windows& w : many_windows(channels)) {
        const int64_t k = w.taps() * channels, n = 21, m = kItems * w.places();
        const Store x = normal_store(kernel.x, static_cast<size_t>(pixels(w) * channels), 1);
        const Store plain = normal_store(kernel.w, static_cast<size_t>(k * n), 2);
        std::vector<std::byte> packed(gemm_format(kernel.w).bytes(k, n));
        Team solo = Team::solo();
        gemm_format(kernel.w).pack(plain.data(), kernel.w, false, k, n, packed.data(), solo);
        std::vector<double> expected(static_cast<size_t>(m * n));
        for (int64_t r = 0; r < m; ++r)
          for (int64_t i = 0; i < k; ++i)
            if (const int64_t at = pixel_at(w, r, i / channels); at >= 0)
              for (int64_t c = 0; c < n; ++c)
                expected[static_cast<size_t>(r * n + c)] +=
                    x[static_cast<size_t>(at * channels + i % channels)] * plain[static_cast<size_t>(i * n + c)];
        std::vector<uint8_t> first;
        for (int threads : kTeams) {
          Store y(kernel.y, static_cast<size_t>(m * n), NAN);
          std::vector<std::byte> workspace(kernel.workspace_bytes(m, n, k, threads, false) + 64);
          GemmArgs args;
          args.x = x.data(), args.w = packed.data(), args.y = y.data();
          args.m = m, args.n = n, args.k = k, args.y_stride = n, args.windows = &w;
          args.workspace = workspace.data() + (64 - reinterpret_cast<uintptr_t>(workspace.data()) % 64);
          run_team(threads, [&](Team& team) { kernel.run(args, team); });
          EXPECT_LT(relative_error(y.values(), expected), tolerance(kernel.y, 1e-5)) << kernel.name;
          if (first.empty()) first = y.bytes();
          EXPECT_EQ(first, y.bytes()) << kernel.name << ", a team of " << threads;
        }
      }
}

TEST(KernelsWindows, ChannelByChannel) {
  for (const DepthwiseKernel& kernel : runnable(depthwise_kernels()))
    for (int64_t channels : {1, 7, 16, 37, 200})
      for (const Windows& w : many_windows(channels)) {
        const Store x = normal_store(DType::f32, static_cast<size_t>(pixels(w) * channels), 1);
        const Store weights = normal_store(DType::f32, static_cast<size_t>(w.taps() * channels), 2);
        const Store bias = normal_store(DType::f32, static_cast<size_t>(channels), 3);
        const int64_t m = kItems * w.places();
        std::vector<double> expected(static_cast<size_t>(m * channels));
        for (int64_t r = 0; r < m; ++r)
          for (int64_t c = 0; c < channels; ++c) {
            double sum = bias[static_cast<size_t>(c)];
            for (int64_t j = 0; j < w.taps(); ++j)
              if (const int64_t at = pixel_at(w, r, j); at >= 0)
                sum += x[static_cast<size_t>(at * channels + c)] * weights[static_cast<size_t>(j * channels + c)];
            expected[static_cast<size_t>(r * channels + c)] = std::clamp(sum, -0.5, 2.0);
          }
        std::vector<uint8_t> first;
        for (int threads : kTeams) {
          Store y(DType::f32, static_cast<size_t>(m * channels), NAN);
          DepthwiseArgs args;
          args.windows = w, args.items = kItems;
          args.x = static_cast<const float*>(x.data()), args.w = static_cast<const float*>(weights.data());
          args.y = static_cast<float*>(y.data()), args.bias = static_cast<const float*>(bias.data());
          args.y_stride = channels;
          args.activation = Activation::clip, args.alpha = -0.5, args.beta = 2;
          run_team(threads, [&](Team& team) { kernel.run(args, team); });
          EXPECT_LT(relative_error(y.values(), expected), 1e-6) << kernel.name;
          if (first.empty()) first = y.bytes();
          EXPECT_EQ(first, y.bytes()) << kernel.name << ", a team of " << threads;
        }
      }
}

TEST(KernelsWindows, PoolsLetNanThrough) {
  for (const PoolKernel& kernel : runnable(pool_kernels()))
    for (size_t at = 0; at < 5; ++at) {
      Store x(DType::f32, {1, 5, 2, -3, 4}), y(DType::f32, size_t{1});
      x.set(at, NAN);
      PoolArgs args;
      args.windows.x[2] = args.windows.k[2] = 5;
      args.windows.channels = args.windows.pixel_stride = args.y_stride = args.items = 1;
      args.x = static_cast<const float*>(x.data()), args.y = static_cast<float*>(y.data());
      run_team(1, [&](Team& team) { kernel.run(args, team); });
      EXPECT_TRUE(std::isnan(y[0])) << kernel.name << " " << at;
    }
}

}  // namespace
}  // namespace lathe::cpu
