#pragma once
#include <cstdint>
#include <span>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "kernels/cpu/windows.h"
#include "lathe/types.h"

namespace lathe::cpu {

enum class PoolOp : uint8_t { max, average };

/// y[p, c] = the largest of x[window(p), c], NaN where one is, -infinity over nothing; or the sum by the number of
/// elements in x, with count_padding in x and its padding, 0 over nothing. y [items, places, c]. FP32.
struct PoolArgs {
  Windows windows;
  PoolOp op = PoolOp::max;
  bool count_padding = false;
  int64_t items = 0;
  const float* x = nullptr;
  float* y = nullptr;
  int64_t y_stride = 0;  ///< elements from one place of y to the next
};

struct PoolKernel {
  const char* name;  ///< "f32.avx2"
  Isa isa;
  /// Called by every member of a team; the caller meets at a barrier afterwards.
  void (*run)(const PoolArgs& args, Team& team) noexcept;
};

std::span<const PoolKernel> pool_kernels();

}  // namespace lathe::cpu
