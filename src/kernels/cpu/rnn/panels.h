#pragma once
// Products of a few rows with panels of R, for the instruction set that the including source is compiled for.
#include "kernels/cpu/gemm/gemm.h"
#include "kernels/cpu/simd.h"

namespace lathe::cpu {
namespace {

constexpr int64_t kRnnPanel = 16;
/// Vectors of a panel, and the most rows of a tile: their sums, two panels and a broadcast element in all registers.
constexpr int kPanelVectors = static_cast<int>(kRnnPanel) / simd::kWidth;
constexpr int kTallest = simd::kWidth == 16 ? 8 : 6;
/// Panels that a tile of so many rows meets at once: enough chains of sums that none waits for the other.
constexpr int panels_at_once(int rows) {
  if (simd::kWidth == 16) return rows <= 2 ? 8 : rows <= 4 ? 4 : 2;
  return rows == 1 ? 4 : rows == 2 ? 2 : 1;
}

/// How panels hold a value of k: `pair` values lie in the lanes of one vector.
struct F32Panels {
  using Element = float;
  static constexpr DType type = DType::f32;
  static constexpr int pair = 1;
  template <int part>
  LATHE_SIMD simd::f32v load(const float* p) {
    return simd::load(p);
  }
};
struct Bf16Panels {
  using Element = uint16_t;
  static constexpr DType type = DType::bf16;
  static constexpr int pair = 2;
  template <int part>
  LATHE_SIMD simd::f32v load(const uint16_t* p) {
    const simd::f32v both = simd::load(reinterpret_cast<const float*>(p));
    if constexpr (part == 1)
      return simd::bit_and(both, simd::as_f32(simd::set1_i32(static_cast<int32_t>(0xffff0000u))));
#if defined(__AVX512F__)
    return simd::as_f32(_mm512_slli_epi32(simd::as_i32(both), 16));
#else
    return simd::as_f32(_mm256_slli_epi32(simd::as_i32(both), 16));
#endif
  }
};

/// out[row][panel][16] = sum over i < k of x[row][i] * panels[panel][i][16], one sum after the other.
template <class W, int rows, int columns>
struct RnnTile {
  using Element = typename W::Element;
  static constexpr int vectors = columns * kPanelVectors;

  template <int part>
  LATHE_SIMD void step(const float* const* x, const Element* const* panels, int64_t i,
                       simd::f32v (&sums)[rows][vectors]) {
    simd::f32v w[vectors];
#pragma GCC unroll 16
    for (int c = 0; c < vectors; ++c)
      w[c] = W::template load<part>(panels[c / kPanelVectors] + i * kRnnPanel +
                                    c % kPanelVectors * simd::kWidth * W::pair);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      const simd::f32v a = simd::set1(x[r][i + part]);
#pragma GCC unroll 16
      for (int c = 0; c < vectors; ++c) sums[r][c] = simd::fma(a, w[c], sums[r][c]);
    }
  }

  static void run(const float* const* x, const Element* const* panels, int64_t k, float* out, int64_t out_stride) {
    simd::f32v sums[rows][vectors];
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 16
      for (int c = 0; c < vectors; ++c) sums[r][c] = simd::zero();
#pragma GCC unroll 2
    for (int64_t i = 0; i < k; i += W::pair) {
      step<0>(x, panels, i, sums);
      if constexpr (W::pair == 2) step<1>(x, panels, i, sums);
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 16
      for (int c = 0; c < vectors; ++c) simd::store(out + r * out_stride + c * simd::kWidth, sums[r][c]);
  }
};

template <class W, int rows, int columns>
void multiply_panels(const float* const* x, const typename W::Element* const* panels, int64_t count, int64_t k,
                     float* out, int64_t out_stride) {
  for (; count >= columns; count -= columns, panels += columns, out += columns * kRnnPanel)
    RnnTile<W, rows, columns>::run(x, panels, k, out, out_stride);
  if constexpr (columns > 1)
    if (count > 0) multiply_panels<W, rows, columns / 2>(x, panels, count, k, out, out_stride);
}

/// 1 to kTallest rows.
template <class W, int rows = kTallest>
void multiply_rows(int height, const float* const* x, const typename W::Element* const* panels, int64_t count,
                   int64_t k, float* out, int64_t out_stride) {
  if constexpr (rows > 1)
    if (height < rows) return multiply_rows<W, rows - 1>(height, x, panels, count, k, out, out_stride);
  multiply_panels<W, rows, panels_at_once(rows)>(x, panels, count, k, out, out_stride);
}

}  // namespace
}  // namespace lathe::cpu
