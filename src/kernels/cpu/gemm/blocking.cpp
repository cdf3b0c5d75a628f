#include <algorithm>

#include "base/dim.h"
#include "base/round.h"
#include "kernels/cpu/gemm/task.h"

namespace lathe::cpu {
namespace {

/// Cycles that moving a byte takes: W comes from memory or the last cache; X and the values before a LayerNorm that
/// several members share come from a cache.
constexpr double kWCyclesPerByte = 0.12, kCacheCyclesPerByte = 0.06;
/// What a panel without a neighbour to share a tile with costs more.
constexpr double kOddPanel = 0.2;
/// A part is dealt out in so many items, of so many cycles at least: a member whose core is busy with something else
/// (a neighbour on a shared machine takes half of one, for seconds) would hold up all others.
constexpr double kItems = 8, kItemCycles = 8000;
/// What it costs where a part cannot be dealt out.
constexpr double kHeldUp = 1.2;

/// Rows that a panel of W must meet for its way from the last cache to be hidden.
int64_t fewest_rows(const GemmKernel& kernel) {
  const double rows = 2 * kernel.macs_per_cycle * static_cast<double>(size_of(kernel.w)) * kWCyclesPerByte;
  return std::max<int64_t>(static_cast<int64_t>(rows), 4 * kernel.tile_rows);
}

/// Bounds of the rows of a block, the former in tiles.
constexpr int64_t kFewestTiles = 4, kMostRows = 512;

/// Of X within a block.
int64_t block_bytes() { return std::max<int64_t>(cpu_info().l2_bytes, 256 << 10) / 2; }

}  // namespace

int64_t gemm_block_rows(const GemmKernel& kernel, int64_t m, int64_t n, int64_t k) {
  // Half of the second-level cache for rows of X; a few tiles at least, so that a chunk of W is used more than once.
  // Where W stays in the second-level cache beside them, no more than whose sums stay in the first-level one.
  constexpr int64_t kMostOfSums = 192;
  int64_t row_bytes = std::max<int64_t>(1, k * static_cast<int64_t>(size_of(kernel.x)));
  const bool w_stays = saturating_mul(k * static_cast<int64_t>(size_of(kernel.w)), n) <= block_bytes();
  int64_t rows = std::clamp<int64_t>(block_bytes() / row_bytes, kFewestTiles * kernel.tile_rows,
                                     w_stays ? kMostOfSums : kMostRows);
  return std::max<int64_t>(1, std::min(rows / kernel.tile_rows * kernel.tile_rows, m));
}

int64_t most_block_rows(int64_t m) { return std::min(m, kMostRows); }

int64_t most_block_bytes(const GemmKernel& kernel, int64_t m, int64_t row_bytes) {
  constexpr int64_t kTwoLines = 128;
  const int64_t within = block_bytes() + kMostRows * kTwoLines;
  return std::min(most_block_rows(m) * row_bytes, std::max(within, kFewestTiles * kernel.tile_rows * row_bytes));
}

GemmBlocking block_gemm(const GemmKernel& kernel, int64_t m, int64_t n, int64_t k, bool layer_norm, int team_size) {
  const int64_t panels = ceil_div(n, kGemmPanel), most_rows = gemm_block_rows(kernel, m, n, k);
  GemmBlocking best{1, 1, most_rows, panels};
  if (team_size == 1) return best;
  double best_cycles = 0;
  const auto x_bytes = static_cast<double>(size_of(kernel.x)), w_bytes = static_cast<double>(size_of(kernel.w));
  const auto depth = static_cast<double>(std::max<int64_t>(k, 1));
  for (int rows = 1; rows <= team_size && rows <= m; ++rows) {
    // For each number of row parts as many column parts as there are members for: cycles of the busiest one, over k.
    const int columns = static_cast<int>(std::min<int64_t>(team_size / rows, panels));
    const int64_t part_rows = ceil_div(m, rows), part_panels = ceil_div(panels, columns);
    const int64_t odd = part_panels % kernel.tile_panels;
    const auto own_rows = static_cast<double>(part_rows);
    const auto own_columns = static_cast<double>(part_panels * kGemmPanel);
    GemmBlocking blocking{rows, columns, most_rows, part_panels};
    auto cycles_of = [&] {
      const auto reads_of_w = static_cast<double>(ceil_div(part_rows, blocking.block_rows));
      const double product = own_rows * (own_columns + kOddPanel * static_cast<double>(odd * kGemmPanel));
      return product / kernel.macs_per_cycle + own_columns * w_bytes * reads_of_w * kWCyclesPerByte +
             own_rows * x_bytes * kCacheCyclesPerByte;
    };
    double cycles = cycles_of();
    const auto items = static_cast<int64_t>(std::clamp(cycles * depth / kItemCycles, 1.0, kItems));
    if (layer_norm && columns == 1) {  // an item needs whole rows
      const int64_t item_rows = std::max(ceil_div(part_rows, items), fewest_rows(kernel));
      blocking.block_rows = std::min(ceil_div(item_rows, kernel.tile_rows) * kernel.tile_rows, most_rows);
      cycles = cycles_of();
      const int64_t blocks = ceil_div(part_rows, blocking.block_rows);
      if (2 * blocks < items) cycles *= kHeldUp;  // too few to even out much
    } else {
      const int64_t chunks = ceil_div(items, ceil_div(part_rows, most_rows));
      blocking.item_panels = ceil_div(ceil_div(part_panels, chunks), kernel.tile_panels) * kernel.tile_panels;
    }
    // Written, and read by whoever normalizes the row: a store costs a read, too.
    constexpr double kSumBytes = 3 * sizeof(float);
    if (layer_norm && columns > 1) cycles += own_rows * own_columns * kSumBytes * kCacheCyclesPerByte / depth;
    if (rows == 1 || cycles < best_cycles) {
      best_cycles = cycles;
      best = blocking;
    }
  }
  return best;
}

}  // namespace lathe::cpu
