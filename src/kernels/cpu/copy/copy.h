#pragma once
#include <cstdint>
#include <span>

#include "base/cpu.h"
#include "base/thread_pool.h"

namespace lathe::cpu {

/// Dimensions of a copy: those of a tensor, and one each where x and y lie in blocks.
inline constexpr int kCopyRank = 10;

/// y[sum i[d] * y_step[d]] = x[sum i[d] * x_step[d]] for all 0 <= i[d] < size[d]: elements moved from any layout to any
/// other. Steps are bytes and may be negative, those of x also 0; no two places of y are the same, and none is read.
struct CopyArgs {
  const void* x = nullptr;
  void* y = nullptr;
  int64_t element = 4;  ///< bytes: 1, 2, 4, 8
  int rank = 0;
  int64_t size[kCopyRank] = {}, x_step[kCopyRank] = {}, y_step[kCopyRank] = {};
  void add(int64_t n, int64_t x_by, int64_t y_by) {
    size[rank] = n;
    x_step[rank] = x_by;
    y_step[rank++] = y_by;
  }
};

struct CopyKernel {
  const char* name;  ///< "strided.avx2"
  Isa isa;
  /// Called by every member of a team, each doing its share; the caller meets at a barrier afterwards.
  void (*run)(const CopyArgs& args, Team& team) noexcept;
};

std::span<const CopyKernel> copy_kernels();

}  // namespace lathe::cpu
