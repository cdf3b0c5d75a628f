#pragma once
// A vector times a matrix, where both lie, for the instruction set that the including source is compiled for. However
// the matrix lies, each sum is one chain of multiply-adds over a block of k, and blocks are added in rising order.
#include "kernels/cpu/attention/transpose.h"
#include "kernels/cpu/matmul/moves.h"

namespace lathe::cpu {
namespace {

using namespace lathe::simd;

constexpr int64_t kGemvBlock = 384;

LATHE_SIMD int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/// One block: sums[vectors] of k rows of W, from `w` on.
template <int vectors, class T, class Lanes>
LATHE_SIMD void add_gemv_rows(const T* x, int64_t x_step, const T* w, int64_t row, int64_t k, Lanes lanes,
                              f32v (&total)[vectors]) {
  f32v sums[vectors];
#pragma GCC unroll 8
  for (int i = 0; i < vectors; ++i) sums[i] = zero();
  for (int64_t r = 0; r < k; ++r, x += x_step, w += row) {
    const f32v a = set1(load_one(x));
#pragma GCC unroll 8
    for (int i = 0; i < vectors; ++i) sums[i] = fma(a, load(w + i * kWidth, lanes), sums[i]);
  }
#pragma GCC unroll 8
  for (int i = 0; i < vectors; ++i) total[i] = total[i] + sums[i];
}

/// Columns side by side in rows of W.
template <int vectors, class T, class Lanes>
LATHE_SIMD void gemv_rows(const T* x, int64_t x_step, const T* w, int64_t row, int64_t k, Lanes lanes, T* y) {
  f32v total[vectors];
#pragma GCC unroll 8
  for (int i = 0; i < vectors; ++i) total[i] = zero();
  for (int64_t r = 0; r < k; r += kGemvBlock)
    add_gemv_rows<vectors>(x + r * x_step, x_step, w + r * row, row, least(k - r, kGemvBlock), lanes, total);
#pragma GCC unroll 8
  for (int i = 0; i < vectors; ++i) store(y + i * kWidth, total[i], lanes);
}

/// Elements [r, r + rows) by [0, columns) of W, both at most 8, a vector a row; zeros beyond.
template <class T>
LATHE_SIMD void gemv_square(const T* w, int64_t row, int64_t column, int64_t rows, int64_t columns,
                            __m256 (&square)[8]) {
  if (row == 1 && rows == 8 && columns == 8) {
#pragma GCC unroll 8
    for (int j = 0; j < 8; ++j) square[j] = load8(w + j * column);
    return transpose8(square);
  }
  alignas(32) float edge[8][8] = {};
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j) edge[i][j] = load_one(w + i * row + j * column);
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) square[i] = _mm256_load_ps(edge[i]);
}

/// One block of 8 * groups columns, of which `columns` exist.
template <int groups, class T>
LATHE_SIMD void add_gemv_squares(const T* x, int64_t x_step, const T* w, int64_t row, int64_t column, int64_t k,
                                 int64_t columns, __m256 (&total)[groups]) {
  __m256 sums[groups];
#pragma GCC unroll 4
  for (int g = 0; g < groups; ++g) sums[g] = _mm256_setzero_ps();
  for (int64_t r = 0; r < k; r += 8) {
    const int64_t rows = least(k - r, 8);
#pragma GCC unroll 4
    for (int g = 0; g < groups; ++g) {
      __m256 square[8];
      gemv_square(w + r * row + 8 * g * column, row, column, rows, least(columns - 8 * g, 8), square);
      if (rows == 8) {
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i)
          sums[g] = _mm256_fmadd_ps(_mm256_set1_ps(load_one(x + (r + i) * x_step)), square[i], sums[g]);
      } else {
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i)
          if (i < rows) sums[g] = _mm256_fmadd_ps(_mm256_set1_ps(load_one(x + (r + i) * x_step)), square[i], sums[g]);
      }
    }
  }
#pragma GCC unroll 4
  for (int g = 0; g < groups; ++g) total[g] = _mm256_add_ps(total[g], sums[g]);
}

/// Columns that run along k, or lie in any other way, turned eight by eight.
template <int groups, class T>
LATHE_SIMD void gemv_columns(const T* x, int64_t x_step, const MatrixView& view, const T* w, int64_t k, int64_t columns,
                             T* y) {
  alignas(64) float out[32];
  __m256 total[groups];
#pragma GCC unroll 4
  for (int g = 0; g < groups; ++g) total[g] = _mm256_setzero_ps();
  for (int64_t r = 0; r < k; r += kGemvBlock)
    add_gemv_squares<groups>(x + r * x_step, x_step, w + r * view.row, view.row, view.column, least(k - r, kGemvBlock),
                             columns, total);
#pragma GCC unroll 4
  for (int g = 0; g < groups; ++g) _mm256_store_ps(out + 8 * g, total[g]);
  for_row(
      columns, [&](int64_t c, auto lanes)
                   __attribute__((always_inline)) { store(y + c, load(out + c, lanes), lanes); });
}

template <class T>
void gemv(const T* x, int64_t x_step, const MatrixView& view, int64_t k, int64_t n, T* y) {
  const T* w = static_cast<const T*>(view.data);
  int64_t c = 0;
  if (view.column == 1) {
    for (; c + 8 * kWidth <= n; c += 8 * kWidth) gemv_rows<8>(x, x_step, w + c, view.row, k, All{}, y + c);
    for (; c + 2 * kWidth <= n; c += 2 * kWidth) gemv_rows<2>(x, x_step, w + c, view.row, k, All{}, y + c);
    if (c + kWidth <= n) {
      gemv_rows<1>(x, x_step, w + c, view.row, k, All{}, y + c);
      c += kWidth;
    }
    if (c < n) gemv_rows<1>(x, x_step, w + c, view.row, k, static_cast<int>(n - c), y + c);
    return;
  }
  for (; c + 32 <= n; c += 32) gemv_columns<4>(x, x_step, view, w + c * view.column, k, 32, y + c);
  for (; c < n; c += 8) gemv_columns<1>(x, x_step, view, w + c * view.column, k, least(n - c, 8), y + c);
}

}  // namespace
}  // namespace lathe::cpu
