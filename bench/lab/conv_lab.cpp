// Times the convolution kernels that this machine can run on the layers of ResNet-50 and MobileNet-v2, one image of 224
// by 224, as plans run them: channels last, 1 by 1 windows as products, bias and bounds in the epilogue.
//
//   bench/lab/lab.sh conv_lab BUILD OUT   builds it
//   conv_lab [part of a layer's or kernel's name] [seconds a layer]
//
// One thread, in the processor's time of the thread, so that neighbours on the machine count little. Printed are, a
// layer, the least time of its calls, GFLOP/s and the share of the multiply-add peak of the kernel's instruction set,
// measured in between in the same time; then, a network, the sum.
#include <immintrin.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/cpu/depthwise/depthwise.h"
#include "kernels/cpu/gemm/gemm.h"
#include "kernels/cpu/pool/pool.h"

using namespace lathe;
using namespace lathe::cpu;

namespace {

double now() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// A layer: square windows, "same" padding.
struct Layer {
  const char* network;
  int64_t size, channels, outputs, k, stride;
  bool depthwise;
  int times;  ///< in the network
};

constexpr Layer kLayers[] = {
    {"resnet50", 224, 3, 64, 7, 2, false, 1},     {"resnet50", 56, 64, 64, 1, 1, false, 1},
    {"resnet50", 56, 64, 64, 3, 1, false, 3},     {"resnet50", 56, 64, 256, 1, 1, false, 4},
    {"resnet50", 56, 256, 64, 1, 1, false, 2},    {"resnet50", 56, 256, 128, 1, 1, false, 1},
    {"resnet50", 56, 128, 128, 3, 2, false, 1},   {"resnet50", 28, 128, 512, 1, 1, false, 4},
    {"resnet50", 56, 256, 512, 1, 2, false, 1},   {"resnet50", 28, 512, 128, 1, 1, false, 3},
    {"resnet50", 28, 128, 128, 3, 1, false, 3},   {"resnet50", 28, 512, 256, 1, 1, false, 1},
    {"resnet50", 28, 256, 256, 3, 2, false, 1},   {"resnet50", 14, 256, 1024, 1, 1, false, 6},
    {"resnet50", 28, 512, 1024, 1, 2, false, 1},  {"resnet50", 14, 1024, 256, 1, 1, false, 5},
    {"resnet50", 14, 256, 256, 3, 1, false, 5},   {"resnet50", 14, 1024, 512, 1, 1, false, 1},
    {"resnet50", 14, 512, 512, 3, 2, false, 1},   {"resnet50", 7, 512, 2048, 1, 1, false, 3},
    {"resnet50", 14, 1024, 2048, 1, 2, false, 1}, {"resnet50", 7, 2048, 512, 1, 1, false, 2},
    {"resnet50", 7, 512, 512, 3, 1, false, 2},    {"mobilenet", 224, 3, 32, 3, 2, false, 1},
    {"mobilenet", 112, 32, 32, 3, 1, true, 1},    {"mobilenet", 112, 32, 16, 1, 1, false, 1},
    {"mobilenet", 112, 16, 96, 1, 1, false, 1},   {"mobilenet", 112, 96, 96, 3, 2, true, 1},
    {"mobilenet", 56, 96, 24, 1, 1, false, 1},    {"mobilenet", 56, 24, 144, 1, 1, false, 2},
    {"mobilenet", 56, 144, 144, 3, 1, true, 1},   {"mobilenet", 56, 144, 24, 1, 1, false, 1},
    {"mobilenet", 56, 144, 144, 3, 2, true, 1},   {"mobilenet", 28, 144, 32, 1, 1, false, 1},
    {"mobilenet", 28, 32, 192, 1, 1, false, 3},   {"mobilenet", 28, 192, 192, 3, 1, true, 2},
    {"mobilenet", 28, 192, 32, 1, 1, false, 2},   {"mobilenet", 28, 192, 192, 3, 2, true, 1},
    {"mobilenet", 14, 192, 64, 1, 1, false, 1},   {"mobilenet", 14, 64, 384, 1, 1, false, 4},
    {"mobilenet", 14, 384, 384, 3, 1, true, 4},   {"mobilenet", 14, 384, 64, 1, 1, false, 3},
    {"mobilenet", 14, 384, 96, 1, 1, false, 1},   {"mobilenet", 14, 96, 576, 1, 1, false, 3},
    {"mobilenet", 14, 576, 576, 3, 1, true, 2},   {"mobilenet", 14, 576, 96, 1, 1, false, 2},
    {"mobilenet", 14, 576, 576, 3, 2, true, 1},   {"mobilenet", 7, 576, 160, 1, 1, false, 1},
    {"mobilenet", 7, 160, 960, 1, 1, false, 3},   {"mobilenet", 7, 960, 960, 3, 1, true, 3},
    {"mobilenet", 7, 960, 160, 1, 1, false, 2},   {"mobilenet", 7, 960, 320, 1, 1, false, 1},
    {"mobilenet", 7, 320, 1280, 1, 1, false, 1},
};

#define LATHE_TWELVE(op, set)                                                                                \
  __asm__ volatile(op " %12, %12, %0\n" op " %12, %12, %1\n" op " %12, %12, %2\n" op " %12, %12, %3\n" op    \
                      " %12, %12, %4\n" op " %12, %12, %5\n" op " %12, %12, %6\n" op " %12, %12, %7\n" op    \
                      " %12, %12, %8\n" op " %12, %12, %9\n" op " %12, %12, %10\n" op " %12, %12, %11\n"     \
                   : set(s[0]), set(s[1]), set(s[2]), set(s[3]), set(s[4]), set(s[5]), set(s[6]), set(s[7]), \
                     set(s[8]), set(s[9]), set(s[10]), set(s[11])                                            \
                   : "v"(a))
constexpr int kTurns = 20000;

__attribute__((target("avx512f"))) double turns_avx512() {
  __m512 s[12], a = _mm512_set1_ps(0.5f);
  for (__m512& v : s) v = a;
  for (int i = 0; i < kTurns; ++i) LATHE_TWELVE("vfmadd231ps", "+v");
  return 12.0 * 32 * kTurns;
}
__attribute__((target("avx2,fma"))) double turns_avx2() {
  __m256 s[12], a = _mm256_set1_ps(0.5f);
  for (__m256& v : s) v = a;
  for (int i = 0; i < kTurns; ++i) LATHE_TWELVE("vfmadd231ps", "+x");
  return 12.0 * 16 * kTurns;
}

double peak_gflops(Isa isa) {
  const double start = now();
  const double operations = isa == Isa::avx2 ? turns_avx2() : turns_avx512();
  return operations / (now() - start) / 1e9;
}

std::vector<float> numbers(int64_t count) {
  static std::minstd_rand engine(1);
  std::vector<float> v(static_cast<size_t>(count));
  for (float& x : v) x = static_cast<float>(engine() % 2048) / 1024.0f - 1;
  return v;
}

/// The layer's operands, and a call on them.
struct Problem {
  Layer layer;
  int64_t reach = layer.k / 2, out = (layer.size + 2 * reach - layer.k) / layer.stride + 1;
  int64_t of_group = layer.depthwise ? 1 : layer.channels, terms = layer.k * layer.k * of_group;
  std::vector<float> x = numbers(layer.size * layer.size * layer.channels), w = numbers(terms * layer.outputs),
                     bias = numbers(layer.outputs), y = numbers(out * out * layer.outputs), packed;
  std::vector<std::byte> workspace;

  explicit Problem(const Layer& of) : layer(of) {}
  double flops() const { return 2.0 * static_cast<double>(out * out * layer.outputs * terms); }

  Windows windows() const {
    Windows made;
    for (int d = 1; d < 3; ++d) {
      made.x[d] = layer.size, made.k[d] = layer.k, made.y[d] = out, made.stride[d] = layer.stride;
      made.before[d] = made.after[d] = reach;
    }
    made.channels = made.pixel_stride = layer.channels;
    return made;
  }

  void run(const GemmKernel& kernel) {
    Team team = Team::solo();
    if (packed.empty()) {
      packed.resize(gemm_format(DType::f32).bytes(terms, layer.outputs) / sizeof(float));
      gemm_format(DType::f32).pack(w.data(), DType::f32, false, terms, layer.outputs, packed.data(), team);
    }
    const Windows place = windows();
    GemmArgs args;
    args.x = x.data(), args.w = packed.data(), args.y = y.data();
    args.m = out * out, args.n = layer.outputs, args.k = terms;
    args.x_stride = layer.channels, args.y_stride = layer.outputs;
    if (layer.k != 1 || layer.stride != 1) args.windows = &place;
    args.bias = bias.data();
    args.activation = Activation::relu;
    workspace.resize(kernel.workspace_bytes(args.m, args.n, args.k, 1, false) + 64);
    args.workspace = workspace.data() + (64 - reinterpret_cast<uintptr_t>(workspace.data()) % 64);
    kernel.run(args, team);
  }

  void run(const DepthwiseKernel& kernel) {
    Team team = Team::solo();
    DepthwiseArgs args;
    args.windows = windows();
    args.items = 1;
    args.x = x.data(), args.w = w.data(), args.y = y.data(), args.bias = bias.data();
    args.y_stride = layer.outputs;
    args.activation = Activation::clip, args.alpha = 0, args.beta = 6;
    kernel.run(args, team);
  }
};

template <class Kernel>
void time_layer(const Layer& layer, const Kernel& kernel, double seconds, double& network_ms) {
  Problem problem(layer);
  double least = 1e30, peak = 0;
  const double end = now() + seconds;
  do {
    peak = std::max(peak, peak_gflops(kernel.isa));
    for (int i = 0; i < 4; ++i) {
      const double start = now();
      problem.run(kernel);
      least = std::min(least, now() - start);
    }
  } while (now() < end);
  const double gflops = problem.flops() / least / 1e9;
  std::printf("%-10s %3d: %4d -> %4d  %dx%d /%d %-9s x%d  %-26s %8.3f ms %7.1f GFLOP/s %5.1f %%\n", layer.network,
              static_cast<int>(layer.size), static_cast<int>(layer.channels), static_cast<int>(layer.outputs),
              static_cast<int>(layer.k), static_cast<int>(layer.k), static_cast<int>(layer.stride),
              layer.depthwise ? "depthwise" : "", layer.times, kernel.name, 1e3 * least, gflops, 100 * gflops / peak);
  network_ms += 1e3 * least * layer.times;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view part = count > 1 ? arguments[1] : "";
  const double seconds = count > 2 ? std::atof(arguments[2]) : 0.1;
  std::map<std::string, double> sums;
  const auto wanted = [&](const Layer& layer, const auto& kernel) {
    return machine_features().contains(needs_of(kernel.isa)) &&
           (std::strstr(layer.network, part.data()) || std::strstr(kernel.name, part.data()));
  };
  for (const Layer& layer : kLayers) {
    for (const GemmKernel& kernel : gemm_kernels())
      if (!layer.depthwise && kernel.x == DType::f32 && wanted(layer, kernel))
        time_layer(layer, kernel, seconds, sums[std::string(layer.network) + " " + std::string(to_string(kernel.isa))]);
    for (const DepthwiseKernel& kernel : depthwise_kernels())
      if (layer.depthwise && wanted(layer, kernel))
        time_layer(layer, kernel, seconds, sums[std::string(layer.network) + " " + std::string(to_string(kernel.isa))]);
  }
  for (const auto& [name, ms] : sums) std::printf("%s: %.2f ms\n", name.c_str(), ms);
}
