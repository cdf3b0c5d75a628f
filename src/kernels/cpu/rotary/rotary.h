#pragma once
#include <cstdint>
#include <span>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "lathe/types.h"

namespace lathe::cpu {

/// Pairs (a, b) of each head's first `width` elements turn; what else the head holds is copied:
///
///   a' = a cos - b sin,  b' = b cos + a sin     pair i:  elements i, i + width / 2;  interleaved: 2 i, 2 i + 1
///
/// Row r of x is x + r * x_stride, y likewise; y may be x itself. Row r of cosine and sine is that of r % table_rows;
/// it holds `columns` elements: width / 2, one a pair, or width, one an element. width is even.
struct RotaryArgs {
  const void* x = nullptr;
  void* y = nullptr;
  const float *cosine = nullptr, *sine = nullptr;
  int64_t rows = 0, table_rows = 0, columns = 0;
  int64_t x_stride = 0, y_stride = 0;  ///< elements from one row to the next
  int64_t heads = 1, head_dim = 2, width = 2;
  bool interleaved = false;
};

struct RotaryKernel {
  const char* name;  ///< "f32.avx2"
  Isa isa;
  DType type;  ///< of x and y
  /// Called by every member of a team, each doing its share of the rows; the caller meets at a barrier afterwards.
  void (*run)(const RotaryArgs& args, Team& team) noexcept;
};

std::span<const RotaryKernel> rotary_kernels();

}  // namespace lathe::cpu
