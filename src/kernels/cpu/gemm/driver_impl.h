#pragma once
// The loops of a product around a register tile, for the instruction set that the including source is compiled for.
//
// A member walks blocks of rows, for each all its panels of W (each read once, in memory order), for each panel its
// blocks of k, for each the tiles of rows: a chunk of W [k_block][16 panels] stays in the first-level cache while the
// block's rows of X pass from the second level. Meanwhile each tile asks for its part of the next chunk of W.
//
// Sums of one block of k run in one chain of multiply-adds, k rising; the blocks' sums are added in rising order. This
// order is the same for every shape and split, so the result is too.
#include "kernels/cpu/gemm/epilogue_impl.h"

namespace lathe::cpu {
namespace {

/// Where a tile finds the next chunk of W: `address` moves on by `step` bytes every four steps. A step reads 64 bytes
/// of each panel: one value of k for f32, two for bf16. The only tile of its chunk has kAllLines as `step`.
constexpr int64_t kAllLines = 4 * 64;
struct Ahead {
  const char* address;
  int64_t step;
};

// A Tile has: X, W, Y (element types); rows, panels (its largest size); k_block; w_stride(k), the elements of a panel;
// and run(height, panels, x, x_stride, w, w_stride, k, sums, sums_stride, add, ahead): sums[height][16 panels] = or +=
// X W for k values of k.

/// Where the epilogue of a step of panels will write: `bytes` of each row. The lines are fetched for writing while the
/// products run, as a store that misses the cache holds up all behind it.
struct Ownership {
  const char* rows;
  int64_t stride, bytes;

  inline __attribute__((always_inline)) void lines(int64_t row, int64_t count) const {
    for (int64_t r = row; r < row + count; ++r)
      for (int64_t b = 0; b < bytes; b += 64) __asm__ volatile("prefetchw %0" ::"m"(rows[r * stride + b]));
  }
};

/// Sums of whole panels.
struct PanelSums {
  float* data;
  int64_t stride;
};

/// All blocks of k of one step of panels for a block of rows: sums = X W.
template <class Tile>
void multiply_panels(const GemmTask& task, const typename Tile::X* x, int64_t x_stride, int64_t rows, int64_t panel,
                     int panels, const PanelSums& sums, const Ownership& ownership) {
  using W = typename Tile::W;
  const int64_t k = task.args->k, w_stride = Tile::w_stride(k);
  const W* w = static_cast<const W*>(task.args->w) + panel * w_stride;
  const int64_t tiles = (rows + Tile::rows - 1) / Tile::rows;
  for (int64_t r = 0; k == 0 && r < rows; ++r)
    __builtin_memset(sums.data + r * sums.stride, 0, static_cast<size_t>(panels * kGemmPanel) * sizeof(float));
  for (int64_t begin = 0; begin < k; begin += Tile::k_block) {
    const int64_t count = k - begin < Tile::k_block ? k - begin : Tile::k_block;
    const bool last = begin + count == k;
    const W* chunk = w + begin * kGemmPanel;
    const W* next = last ? w + panels * w_stride : chunk + count * kGemmPanel;
    const int64_t left = last ? k : k - begin - count, next_count = left < Tile::k_block ? left : Tile::k_block;
    const int64_t bytes = next_count * kGemmPanel * static_cast<int64_t>(sizeof(W));
    for (int64_t i = 0; i < tiles; ++i) {
      const int64_t r = rows * i / tiles, height = rows * (i + 1) / tiles - r;
      const char* address = reinterpret_cast<const char*>(next) + bytes * i / tiles;
      if (last) ownership.lines(r, height);
      Tile::run(static_cast<int>(height), panels, x + r * x_stride + begin, x_stride, chunk, w_stride, count,
                sums.data + r * sums.stride, sums.stride, begin != 0, Ahead{address, kAllLines / tiles});
    }
  }
}

/// Whether Y is what the products give.
inline bool is_plain(const GemmArgs& args) {
  return args.bias == nullptr && args.residual == nullptr && args.activation == Activation::none && !args.layer_norm;
}

template <class Tile>
void multiply(const GemmTask& task) {
  using X = typename Tile::X;
  using Y = typename Tile::Y;
  const GemmArgs& args = *task.args;
  constexpr int step_columns = kGemmPanel * Tile::panels;
  const int64_t total = task.row_end - task.row_begin;
  const int64_t blocks = (total + task.block_rows - 1) / task.block_rows;
  for (int64_t i = 0; i < blocks; ++i) {
    const int64_t row = task.row_begin + total * i / blocks, end = task.row_begin + total * (i + 1) / blocks;
    const RowsOfX<X> block = rows_of_x<X>(task, row, end);
    for (int64_t panel = task.panel_begin; panel < task.panel_end; panel += Tile::panels) {
      const int64_t left = task.panel_end - panel;
      const int panels = left < Tile::panels ? static_cast<int>(left) : Tile::panels;
      const int64_t column = panel * kGemmPanel, width = panels * kGemmPanel, rest = args.n - column;
      const EpilogueTile tile{&args, task.tile_sums, step_columns, row, end - row, column, width < rest ? width : rest};
      auto finish = [&](auto* out, int64_t out_stride) {
        constexpr auto size = static_cast<int64_t>(sizeof *out);
        const Ownership ownership{reinterpret_cast<const char*>(out), out_stride * size, tile.columns * size};
        const auto run = [&](const PanelSums& sums) {
          multiply_panels<Tile>(task, block.x, block.stride, end - row, panel, panels, sums, ownership);
        };
        if constexpr (sizeof *out == sizeof(float))
          if (is_plain(args) && tile.columns == width) return run({out, out_stride});
        run({task.tile_sums, step_columns});
        finish_tile<step_columns, X>(tile, out, out_stride);
      };
      if (args.layer_norm)
        finish(sums_of_block(task, row) + column, task.sums_stride);
      else
        finish(static_cast<Y*>(args.y) + row * args.y_stride + column, args.y_stride);
    }
    if (task.normalize_here) normalize_rows<Y>(task, row, end, sums_of_block(task, row));
  }
}

}  // namespace
}  // namespace lathe::cpu

#define LATHE_GEMM_FUNCTIONS(symbol, Tile) LATHE_GEMM_FUNCTIONS_OF(symbol, multiply<Tile>(task), Tile::Y)
