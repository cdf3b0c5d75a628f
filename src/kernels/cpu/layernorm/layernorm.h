#pragma once
#include <cstdint>
#include <span>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "lathe/types.h"

namespace lathe::cpu {

/// y = (s - mean(s)) / sqrt(var(s) + epsilon) * gamma + beta a row, s = x (+ residual), var biased; two passes in FP32.
/// Row r of x is x + r * x_stride; residual and y likewise. y may be x or residual itself. n >= 1.
struct LayerNormArgs {
  const void* x = nullptr;
  const void* residual = nullptr;  ///< or null
  const float* gamma = nullptr;    ///< [n], or null: 1
  const float* beta = nullptr;     ///< [n], or null: 0
  void* y = nullptr;
  int64_t rows = 0, n = 0;
  int64_t x_stride = 0, residual_stride = 0, y_stride = 0;  ///< elements from one row to the next
  float epsilon = 1e-12f;
};

struct LayerNormKernel {
  const char* name;  ///< "f32.avx2"
  Isa isa;
  DType type;  ///< of x, residual and y
  /// Called by every member of a team, each doing its share of the rows; the caller meets at a barrier afterwards.
  void (*run)(const LayerNormArgs& args, Team& team) noexcept;
};

std::span<const LayerNormKernel> layernorm_kernels();

}  // namespace lathe::cpu
