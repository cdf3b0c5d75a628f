#pragma once
// The moves of kernels.inc for the instruction set that the including source is compiled for.
#include "kernels/cpu/attention/transpose.h"
#include "kernels/cpu/matmul/gemv_impl.h"
#if defined(__AVX512BF16__)
#include "kernels/cpu/attention/pair_panels.h"
#endif

namespace lathe::cpu {
namespace {

using namespace lathe::simd;

constexpr int kPanel = 16;

LATHE_SIMD int lanes_left(int64_t n) { return n < 0 ? 0 : n < kWidth ? static_cast<int>(n) : kWidth; }

/// panels[c / 16][r][c % 16] = b[r][c], a few rows at a time, so that lines that two panels share stay near.
template <class T>
LATHE_SIMD void pack_rows(const T* b, int64_t row, int64_t k, int64_t n, float* panels) {
  constexpr int64_t kRowsAtOnce = 16;
  for (int64_t begin = 0; begin < k; begin += kRowsAtOnce) {
    const int64_t end = begin + kRowsAtOnce < k ? begin + kRowsAtOnce : k;
    for (int64_t c = 0; c < n; c += kPanel) {
      float* out = panels + c * k;
      for (int64_t r = begin; r < end; ++r)
        for (int i = 0; i < kPanel; i += kWidth) {
          const T* from = b + r * row + c + i;
          const int64_t left = n - c - i;
          store(out + r * kPanel + i, left >= kWidth ? load(from) : load(from, lanes_left(left)));
        }
    }
  }
}

/// The same of columns that run along k.
template <class T>
LATHE_SIMD void pack_columns(const T* b, int64_t column, int64_t k, int64_t n, float* panels) {
  for (int64_t c = 0; c < n; c += kPanel)
    for (int i = 0; i < kPanel; i += kWidth)
      pack_transposed(b + (c + i) * column, column, lanes_left(n - c - i), k, 1.0f, panels + c * k + i, kPanel);
}

template <class T>
void pack(const MatrixView& b, int64_t k, int64_t n, float* panels) {
  const T* data = static_cast<const T*>(b.data);
  if (b.column == 1) return pack_rows(data, b.row, k, n, panels);
  if (b.row == 1) return pack_columns(data, b.column, k, n, panels);
  for (int64_t c = 0; c < n; c += kPanel)
    for (int64_t r = 0; r < k; ++r)
      for (int64_t i = 0; i < kPanel; ++i)
        panels[c * k + r * kPanel + i] = c + i < n ? load_one(data + r * b.row + (c + i) * b.column) : 0;
}

#if defined(__AVX512BF16__)
/// Cells of two neighbours along k, zeros behind k up to whole steps of the products.
template <class T>
void pack(const MatrixView& b, int64_t k, int64_t n, bf16* panels) {
  const bf16* data = static_cast<const bf16*>(b.data);
  const int64_t cells = (k + 31) / 32 * 16;
  float* out = reinterpret_cast<float*>(panels);
  for (int64_t c = 0; c < n; c += kPanel, out += cells * kPanel) {
    const bf16* from = data + c * b.column;
    const int64_t width = n - c < kPanel ? n - c : kPanel;
    if (b.column == 1) {
      for (int64_t i = 0; i < cells; ++i)
        pack_pair_row(2 * i < k ? from + 2 * i * b.row : nullptr, 2 * i + 1 < k ? from + (2 * i + 1) * b.row : nullptr,
                      width, out + i * kPanel);
    } else if (b.row == 1) {
      pack_pairs_transposed(from, b.column, width, k, cells, _mm256_set1_epi32(-1), _mm256_setzero_si256(), out);
    } else {
      bf16* cell = reinterpret_cast<bf16*>(out);
      for (int64_t i = 0; i < 2 * cells; ++i)
        for (int64_t j = 0; j < kPanel; ++j)
          cell[(i / 2 * kPanel + j) * 2 + i % 2] = i < k && j < width ? from[i * b.row + j * b.column] : bf16{0};
    }
  }
}
#endif

template <class T>
void stage(const MatrixView& a, int64_t m, int64_t k, float* rows, int64_t stride) {
  const T* data = static_cast<const T*>(a.data);
  if (a.row == 1) {
    for (int64_t c = 0; c < k; c += kWidth)
      pack_transposed(data + c * a.column, a.column, lanes_left(k - c), m, 1.0f, rows + c, stride);
    return;
  }
  for (int64_t r = 0; r < m; ++r) {
    const T* from = data + r * a.row;
    float* out = rows + r * stride;
    if (a.column == 1)
      for_row(
          k, [=](int64_t c, auto lanes)
                 __attribute__((always_inline)) { store(out + c, load(from + c, lanes), lanes); });
    else
      for (int64_t c = 0; c < k; ++c) out[c] = load_one(from + c * a.column);
  }
}

/// Blocks of columns of A, which each lie in a line of the cache.
template <class T>
void stage(const MatrixView& a, int64_t m, int64_t k, T* rows, int64_t stride) {
  constexpr int64_t kRowsAtOnce = 32;
  const T* data = static_cast<const T*>(a.data);
  for (int64_t begin = 0; begin < m; begin += kRowsAtOnce) {
    const int64_t end = begin + kRowsAtOnce < m ? begin + kRowsAtOnce : m;
    for (int64_t c = 0; c < k; ++c)
      for (int64_t r = begin; r < end; ++r) rows[r * stride + c] = data[r * a.row + c * a.column];
  }
}

template <class T>
void narrow(const float* sums, int64_t sums_stride, int64_t m, int64_t n, T* y, int64_t y_stride) {
  for (int64_t r = 0; r < m; ++r) {
    const float* from = sums + r * sums_stride;
    T* out = y + r * y_stride;
    for_row(
        n, [=](int64_t c, auto lanes) __attribute__((always_inline)) { store(out + c, load(from + c, lanes), lanes); });
  }
}

template <class T, class P>
constexpr MatMulMoves moves_of() {
  return {[](const MatrixView& b, int64_t k, int64_t n, void* panels) { pack<T>(b, k, n, static_cast<P*>(panels)); },
          [](const MatrixView& a, int64_t m, int64_t k, void* rows, int64_t stride) {
            stage<T>(a, m, k, static_cast<P*>(rows), stride);
          },
          [](const float* sums, int64_t sums_stride, int64_t m, int64_t n, void* y, int64_t y_stride) {
            narrow(sums, sums_stride, m, n, static_cast<T*>(y), y_stride);
          },
          [](const void* x, int64_t x_step, const MatrixView& w, int64_t k, int64_t n, void* y) {
            gemv(static_cast<const T*>(x), x_step, w, k, n, static_cast<T*>(y));
          },
          [](const MatrixView& a, const MatrixView& b, int64_t m, int64_t n, int64_t k, void* y, int64_t y_row) {
            multiply_in_place(a, static_cast<const T*>(b.data), b.row, m, n, k, static_cast<T*>(y), y_row);
          }};
}

}  // namespace

#define LATHE_MATMUL(type, isa, panel, product)                          \
  LATHE_ONLY_##isa(extern const MatMulMoves matmul_moves_##type##_##isa; \
                   constinit const MatMulMoves matmul_moves_##type##_##isa = moves_of<type, panel>();)
#include "kernels/cpu/matmul/kernels.inc"
#undef LATHE_MATMUL

}  // namespace lathe::cpu
