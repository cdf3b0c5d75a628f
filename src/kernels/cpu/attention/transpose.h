#pragma once
#include "kernels/cpu/simd.h"

namespace lathe::simd {
namespace {

LATHE_SIMD __m256 load8(const float* p) { return _mm256_loadu_ps(p); }
LATHE_SIMD __m256 load8(const bf16* p) {
  const __m256i bits = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  return _mm256_castsi256_ps(_mm256_slli_epi32(bits, 16));
}

LATHE_SIMD __m256 load8(const f16* p) { return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))); }

LATHE_SIMD void transpose8(__m256 (&r)[8]) {
  __m256 a[8], b[8];
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    a[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
    a[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    b[i] = _mm256_shuffle_ps(a[i], a[i + 2], 0x44);
    b[i + 1] = _mm256_shuffle_ps(a[i], a[i + 2], 0xee);
    b[i + 2] = _mm256_shuffle_ps(a[i + 1], a[i + 3], 0x44);
    b[i + 3] = _mm256_shuffle_ps(a[i + 1], a[i + 3], 0xee);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    r[i] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x20);
    r[i + 4] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x31);
  }
}

/// panel[c * pitch + j] = factor * x[j * stride + c] for j < rows (at most kWidth; zeros beyond) and c < n.
template <class T>
LATHE_SIMD void pack_transposed(const T* x, int64_t stride, int rows, int64_t n, float factor, float* panel,
                                int64_t pitch = kWidth) {
  const __m256 f = _mm256_set1_ps(factor);
  for (int half = 0; half < kWidth; half += 8) {
    const int left = rows - half < 8 ? rows - half : 8;
    for (int64_t c = 0; c < n; c += 8) {
      const int64_t columns = n - c < 8 ? n - c : 8;
      __m256 block[8];
      if (left == 8 && columns == 8) {
#pragma GCC unroll 8
        for (int j = 0; j < 8; ++j) block[j] = load8(x + (half + j) * stride + c);
      } else {
        T edge[8][8] = {};
        for (int j = 0; j < left; ++j)
          for (int64_t i = 0; i < columns; ++i) edge[j][i] = x[(half + j) * stride + c + i];
#pragma GCC unroll 8
        for (int j = 0; j < 8; ++j) block[j] = load8(edge[j]);
      }
      transpose8(block);
      float* out = panel + c * pitch + half;
      if (columns == 8) {
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) _mm256_storeu_ps(out + i * pitch, _mm256_mul_ps(f, block[i]));
      } else {
        alignas(32) float edge[8][8];
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) _mm256_store_ps(edge[i], _mm256_mul_ps(f, block[i]));
        for (int64_t i = 0; i < columns; ++i) _mm256_storeu_ps(out + i * pitch, _mm256_load_ps(edge[i]));
      }
    }
  }
}

}  // namespace
}  // namespace lathe::simd
