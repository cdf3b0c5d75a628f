#pragma once
#include <cstdint>
#include <span>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "lathe/types.h"

namespace lathe::cpu {

/// y_i = exp(scale * x_i - m) / sum_j exp(scale * x_j - m) a row, m the largest scale * x_j; in FP32.
/// A row whose largest value is -infinity gives zeros. Row r of x is x + r * x_stride; y likewise and may be x itself.
struct SoftmaxArgs {
  const void* x = nullptr;
  void* y = nullptr;
  int64_t rows = 0, n = 0, x_stride = 0, y_stride = 0;  ///< strides: elements from one row to the next
  float scale = 1;
};

struct SoftmaxKernel {
  const char* name;  ///< "f32.avx2"
  Isa isa;
  DType type;
  /// Called by every member of a team, each doing its share of the rows; the caller meets at a barrier afterwards.
  void (*run)(const SoftmaxArgs& args, Team& team) noexcept;
};

std::span<const SoftmaxKernel> softmax_kernels();

}  // namespace lathe::cpu
