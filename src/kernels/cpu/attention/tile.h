#pragma once
#include "kernels/cpu/simd.h"

// Products of a few rows with packed panels, held in registers. A cell is 32 bits: one float, or two bf16 that are
// multiplied and added together. A panel holds kWidth columns: cell (i, column) at i * kWidth + column.
namespace lathe::simd {
namespace {

constexpr int kRows = 6;                      // rows of a register tile
constexpr int kPanels = kWidth == 8 ? 2 : 4;  // vectors of a register tile

/// Rows a tile when n rows are to be cut into tiles of nearly one height: a tile of one or two rows takes as long as
/// one of four, as its few sums wait for each other.
LATHE_SIMD int64_t even_rows(int64_t n) {
  const int64_t parts = (n + kRows - 1) / kRows;
  return parts > 0 ? (n + parts - 1) / parts : kRows;
}

LATHE_SIMD f32v spread_cell(const float* a, int64_t i) { return set1(a[i]); }
LATHE_SIMD f32v multiply_add(const float*, f32v x, f32v y, f32v c) { return fma(x, y, c); }
#if defined(__AVX512BF16__)
LATHE_SIMD f32v spread_cell(const bf16* a, int64_t i) {
  int32_t cell;
  std::memcpy(&cell, a + 2 * i, sizeof cell);
  return as_f32(set1_i32(cell));
}
LATHE_SIMD f32v multiply_add(const bf16*, f32v x, f32v y, f32v c) { return dot_bf16(x, y, c); }
#endif

/// c[r][p] = sum_i a[r][cell i] * b[p * panel + i * kWidth ...] for i < depth and the panels [first, first + kN),
/// handed to store_c(r, p, vector). lda counts elements of A.
template <int kM, int kN, class A, class Store>
LATHE_SIMD void tile(const A* a, int64_t lda, const float* b, int64_t panel, int64_t depth, int64_t first,
                     Store store_c) {
  f32v c[kM][kN];
#pragma GCC unroll 8
  for (int r = 0; r < kM; ++r)
#pragma GCC unroll 4
    for (int p = 0; p < kN; ++p) c[r][p] = zero();
  b += first * panel;
  for (int64_t i = 0; i < depth; ++i) {
    f32v column[kN];
#pragma GCC unroll 4
    for (int p = 0; p < kN; ++p) column[p] = load(b + p * panel + i * kWidth);
#pragma GCC unroll 8
    for (int r = 0; r < kM; ++r) {
      const f32v x = spread_cell(a + r * lda, i);
#pragma GCC unroll 4
      for (int p = 0; p < kN; ++p) c[r][p] = multiply_add(a, x, column[p], c[r][p]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kM; ++r)
#pragma GCC unroll 4
    for (int p = 0; p < kN; ++p) store_c(r, first + p, c[r][p]);
}

/// tile() over the panels [first, end), kPanels at a time.
template <int kM, class A, class Store>
LATHE_SIMD void tiles(const A* a, int64_t lda, const float* b, int64_t panel, int64_t depth, int64_t first, int64_t end,
                      Store store_c) {
  int64_t p = first;
  for (; p + kPanels <= end; p += kPanels) tile<kM, kPanels>(a, lda, b, panel, depth, p, store_c);
  if constexpr (kPanels > 2) {
    if (p + 2 <= end) {
      tile<kM, 2>(a, lda, b, panel, depth, p, store_c);
      p += 2;
    }
  }
  if (p < end) tile<kM, 1>(a, lda, b, panel, depth, p, store_c);
}

}  // namespace
}  // namespace lathe::simd
