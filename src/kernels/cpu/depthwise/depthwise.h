#pragma once
#include <cstdint>
#include <span>

#include "base/activation.h"
#include "base/cpu.h"
#include "base/thread_pool.h"
#include "kernels/cpu/windows.h"
#include "lathe/types.h"

namespace lathe::cpu {

/// A convolution of groups of channels, made for those of one channel and one output: y[p, o] = epilogue(sum over taps
/// j and channels c < C of w[j, c, o] x[window(p)[j], g C + c]), with zeros beyond x, g = o / outputs of a group;
/// y [items, places, o]. The epilogue is that of gemm.h without its LayerNorm. FP32; taps are added in
/// rising order, from the bias on.
struct DepthwiseArgs {
  Windows windows;
  int64_t items = 0;
  int64_t group_channels = 1, group_outputs = 1;
  const float* x = nullptr;
  const float* w = nullptr;  ///< [taps, C, o]
  float* y = nullptr;
  int64_t y_stride = 0;  ///< elements from one place of y to the next

  const float* bias = nullptr;  ///< [o] or null
  Activation activation = Activation::none;
  float alpha = 1, beta = 1;  ///< of the activation
  bool residual_first = false;
  const float* residual = nullptr;  ///< like y, or null
  int64_t residual_stride = 0;
};

struct DepthwiseKernel {
  const char* name;  ///< "f32.avx2"
  Isa isa;
  /// Called by every member of a team; the caller meets at a barrier afterwards.
  void (*run)(const DepthwiseArgs& args, Team& team) noexcept;
};

std::span<const DepthwiseKernel> depthwise_kernels();

}  // namespace lathe::cpu
