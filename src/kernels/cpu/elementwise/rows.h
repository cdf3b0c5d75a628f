#pragma once
#include <cstdint>

#include "base/thread_pool.h"

namespace lathe::cpu {

/// Whole rows of any type moved by index. Called by every member of a team; the caller meets at a barrier afterwards.
/// Strides and sizes are bytes; x and y do not overlap.
struct RowsArgs {
  const void* x = nullptr;
  void* y = nullptr;
  const int32_t* index = nullptr;  ///< for gather also null: row i is picked i-th
  int64_t count = 0;               ///< entries of index
  int64_t limit = 0;               ///< index values lie in [0, limit): rows of x for gather, of y for scatter
  int64_t row_bytes = 0, x_stride = 0, y_stride = 0;
  int64_t* bad = nullptr;  ///< [team size]: an entry out of range that a member met, or -1; null: not wanted
  bool from_end = false;   ///< gather: an index i < 0 means limit + i
};

/// y[i] = x[index[i]] for i < count. y's rows may lie in wider ones. A row whose index is out of range becomes zeros.
void gather_rows(const RowsArgs& args, Team& team) noexcept;

/// y[index[i]] = x[i] for i < count, all other rows of y [limit] are zeros. Of entries with one index the last counts;
/// one whose index is out of range is left out.
void scatter_rows(const RowsArgs& args, Team& team) noexcept;

}  // namespace lathe::cpu
