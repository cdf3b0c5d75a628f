#pragma once
#include <cstdint>
#include <span>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "lathe/types.h"

namespace lathe::cpu {

/// y[r] = scale * sum_c x[r * x_stride + c], c < n: the sum of each row, or with scale = 1 / n its mean. FP32 inside.
struct ReduceArgs {
  const void* x = nullptr;
  void* y = nullptr;  ///< [rows], contiguous, of x's type
  int64_t rows = 0, n = 0;
  int64_t x_stride = 0;  ///< elements from one row to the next
  float scale = 1;
};

struct ReduceKernel {
  const char* name;  ///< "f32.avx2"
  Isa isa;
  DType type;
  /// Called by every member of a team, each doing its share of the rows; the caller meets at a barrier afterwards.
  void (*run)(const ReduceArgs& args, Team& team) noexcept;
};

std::span<const ReduceKernel> reduce_kernels();

}  // namespace lathe::cpu
