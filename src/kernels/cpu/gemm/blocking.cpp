#include <algorithm>

#include "kernels/cpu/gemm/task.h"

namespace lathe::cpu {
namespace {

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Cycles that moving a byte takes: W comes from memory or the last cache; X and the values before a LayerNorm that
/// several members share come from a cache.
constexpr double kWCyclesPerByte = 0.12, kCacheCyclesPerByte = 0.06;
/// What a panel without a neighbour to share a tile with costs more.
constexpr double kOddPanel = 0.2;

}  // namespace

int64_t gemm_block_rows(const GemmKernel& kernel, int64_t m, int64_t k) {
  // Half of the second-level cache for rows of X; a few tiles at least, so that a chunk of W is used more than once.
  constexpr int64_t kFewest = 4, kMost = 512;
  int64_t l2 = std::max<int64_t>(cpu_info().l2_bytes, 256 << 10);
  int64_t row_bytes = std::max<int64_t>(1, k * static_cast<int64_t>(size_of(kernel.x)));
  int64_t rows = std::clamp<int64_t>(l2 / 2 / row_bytes, kFewest * kernel.tile_rows, kMost);
  return std::max<int64_t>(1, std::min(rows / kernel.tile_rows * kernel.tile_rows, m));
}

GemmBlocking block_gemm(const GemmKernel& kernel, int64_t m, int64_t n, int64_t k, bool layer_norm, int team_size) {
  GemmBlocking best{1, 1, gemm_block_rows(kernel, m, k)};
  double best_cycles = 0;
  const int64_t panels = ceil_div(n, kGemmPanel);
  const auto x_bytes = static_cast<double>(size_of(kernel.x)), w_bytes = static_cast<double>(size_of(kernel.w));
  for (int rows = 1; rows <= team_size && rows <= m; ++rows) {
    // For each number of row parts as many column parts as there are members for: cycles of the busiest one, over k.
    const int columns = static_cast<int>(std::min<int64_t>(team_size / rows, panels));
    const int64_t own_panels = ceil_div(panels, columns), odd = own_panels % kernel.tile_panels;
    const auto own_rows = static_cast<double>(ceil_div(m, rows));
    const auto own_columns = static_cast<double>(own_panels * kGemmPanel);
    const auto reads_of_w = static_cast<double>(ceil_div(ceil_div(m, rows), best.block_rows));
    const double product = own_rows * (own_columns + kOddPanel * static_cast<double>(odd * kGemmPanel));
    double cycles = product / kernel.macs_per_cycle + own_columns * w_bytes * reads_of_w * kWCyclesPerByte +
                    own_rows * x_bytes * kCacheCyclesPerByte;
    // Written, and read by whoever normalizes the row: a store costs a read, too.
    constexpr double kSumBytes = 3 * sizeof(float);
    if (layer_norm && columns > 1)
      cycles += own_rows * own_columns * kSumBytes * kCacheCyclesPerByte / static_cast<double>(std::max<int64_t>(k, 1));
    if (rows == 1 || cycles < best_cycles) {
      best_cycles = cycles;
      best.row_parts = rows;
      best.column_parts = columns;
    }
  }
  return best;
}

}  // namespace lathe::cpu
