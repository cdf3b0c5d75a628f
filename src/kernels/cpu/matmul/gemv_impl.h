#pragma once
// A vector times a matrix, however that lies, for the instruction set that the including source is compiled for.
#include "kernels/cpu/attention/transpose.h"
#include "kernels/cpu/matmul/in_place_impl.h"

namespace lathe::cpu {
namespace {

using namespace lathe::simd;

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
                                 int64_t columns, bool first, __m256 (&total)[groups]) {
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
  for (int g = 0; g < groups; ++g) total[g] = first ? sums[g] : _mm256_add_ps(total[g], sums[g]);
}

/// Columns that run along k, or lie in any other way, turned eight by eight.
template <int groups, class T>
LATHE_SIMD void gemv_columns(const T* x, int64_t x_step, const MatrixView& view, const T* w, int64_t k, int64_t columns,
                             T* y) {
  alignas(64) float out[32];
  __m256 total[groups];
#pragma GCC unroll 4
  for (int g = 0; g < groups; ++g) total[g] = _mm256_setzero_ps();
  for (int64_t r = 0; r < k; r += kBlock)
    add_gemv_squares<groups>(x + r * x_step, x_step, w + r * view.row, view.row, view.column, least(k - r, kBlock),
                             columns, r == 0, total);
#pragma GCC unroll 4
  for (int g = 0; g < groups; ++g) _mm256_store_ps(out + 8 * g, total[g]);
  for_row(
      columns, [&](int64_t c, auto lanes)
                   __attribute__((always_inline)) { store(y + c, load(out + c, lanes), lanes); });
}

template <class T>
void gemv(const T* x, int64_t x_step, const MatrixView& view, int64_t k, int64_t n, T* y) {
  const T* w = static_cast<const T*>(view.data);
  if (view.column == 1) return multiply_row(MatrixView{x, 0, x_step}, w, view.row, k, n, y);
  int64_t c = 0;
  for (; c + 32 <= n; c += 32) gemv_columns<4>(x, x_step, view, w + c * view.column, k, 32, y + c);
  for (; c < n; c += 8) gemv_columns<1>(x, x_step, view, w + c * view.column, k, least(n - c, 8), y + c);
}

}  // namespace
}  // namespace lathe::cpu
