#pragma once
// Products of few rows, or of small matrices, that read B where it lies, for the instruction set that the including
// source is compiled for. Sums are those of the products of panels: a chain of multiply-adds over a block of k, blocks
// added in rising order.
#include "kernels/cpu/matmul/moves.h"
#include "kernels/cpu/simd.h"

namespace lathe::cpu {
namespace {

using namespace lathe::simd;

constexpr int64_t kBlock = 384;

LATHE_SIMD int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/// Rows of W have their columns side by side.
template <int rows, int vectors, class T, class Lanes>
LATHE_SIMD void multiply_tile(const MatrixView& a, const T* w, int64_t w_row, int64_t k, Lanes lanes, T* y,
                              int64_t y_row) {
  const T* x = static_cast<const T*>(a.data);
  f32v total[rows][vectors];
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (int i = 0; i < vectors; ++i) total[r][i] = zero();
  for (int64_t begin = 0; begin < k; begin += kBlock) {
    f32v sums[rows][vectors];
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
      for (int i = 0; i < vectors; ++i) sums[r][i] = zero();
    for (int64_t left = least(k - begin, kBlock); left > 0; --left, x += a.column, w += w_row) {
      f32v b[vectors];
#pragma GCC unroll 8
      for (int i = 0; i < vectors; ++i) b[i] = load(w + i * kWidth, lanes);
#pragma GCC unroll 4
      for (int r = 0; r < rows; ++r) {
        const f32v of_row = set1(load_one(x + r * a.row));
#pragma GCC unroll 8
        for (int i = 0; i < vectors; ++i) sums[r][i] = fma(of_row, b[i], sums[r][i]);
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
      for (int i = 0; i < vectors; ++i) total[r][i] = begin == 0 ? sums[r][i] : total[r][i] + sums[r][i];
  }
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (int i = 0; i < vectors; ++i) store(y + r * y_row + i * kWidth, total[r][i], lanes);
}

/// Columns [c, n).
template <int rows, class T>
void multiply_columns(const MatrixView& a, const T* w, int64_t w_row, int64_t k, int64_t c, int64_t n, T* y,
                      int64_t y_row) {
  for (; c + 2 * kWidth <= n; c += 2 * kWidth) multiply_tile<rows, 2>(a, w + c, w_row, k, All{}, y + c, y_row);
  for (; c + kWidth <= n; c += kWidth) multiply_tile<rows, 1>(a, w + c, w_row, k, All{}, y + c, y_row);
  if (c < n) multiply_tile<rows, 1>(a, w + c, w_row, k, static_cast<int>(n - c), y + c, y_row);
}

template <class T>
void multiply_row(const MatrixView& a, const T* w, int64_t w_row, int64_t k, int64_t n, T* y) {
  int64_t c = 0;
  for (; c + 8 * kWidth <= n; c += 8 * kWidth) multiply_tile<1, 8>(a, w + c, w_row, k, All{}, y + c, 0);
  multiply_columns<1>(a, w, w_row, k, c, n, y, 0);
}

template <class T>
void multiply_in_place(const MatrixView& a, const T* w, int64_t w_row, int64_t m, int64_t n, int64_t k, T* y,
                       int64_t y_row) {
  constexpr int64_t kRows = 4;
  for (int64_t r = 0; r < m; r += kRows) {
    const MatrixView rows{static_cast<const T*>(a.data) + r * a.row, a.row, a.column};
    T* out = y + r * y_row;
    switch (m - r) {
      case 1: multiply_row(rows, w, w_row, k, n, out); break;
      case 2: multiply_columns<2>(rows, w, w_row, k, 0, n, out, y_row); break;
      case 3: multiply_columns<3>(rows, w, w_row, k, 0, n, out, y_row); break;
      default: multiply_columns<4>(rows, w, w_row, k, 0, n, out, y_row); break;
    }
  }
}

}  // namespace
}  // namespace lathe::cpu
