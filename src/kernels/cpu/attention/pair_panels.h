#pragma once
// Panels of 16 columns of cells, a cell two neighbours of the summed dimension: what products of pairs of bf16
// (vdpbf16ps, AMX) read. For AVX-512.
#include "kernels/cpu/attention/transpose.h"

namespace lathe::cpu {
namespace {

using namespace lathe::simd;

/// panel[c * 16 + j] = the pair x[j][2c], x[j][2c+1] for j < rows (zeros in the rest of 16) and c < cells (zeros from n
/// elements on), its bits first masked, then flipped.
LATHE_SIMD void pack_pairs_transposed(const bf16* x, int64_t stride, int64_t rows, int64_t n, int64_t cells,
                                      __m256i mask, __m256i flip, float* panel) {
  for (int64_t half = 0; half < 16; half += 8)
    for (int64_t c = 0; c < cells; c += 8) {
      __m256 block[8];
      if (rows >= half + 8 && 2 * c + 16 <= n) {
#pragma GCC unroll 8
        for (int j = 0; j < 8; ++j)
          block[j] = _mm256_castsi256_ps(
              _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + (half + j) * stride + 2 * c)));
      } else {
        alignas(32) bf16 edge[8][16] = {};
        for (int64_t j = 0; j < 8 && half + j < rows; ++j)
          for (int64_t i = 0; i < 16 && 2 * c + i < n; ++i) edge[j][i] = x[(half + j) * stride + 2 * c + i];
#pragma GCC unroll 8
        for (int j = 0; j < 8; ++j)
          block[j] = _mm256_castsi256_ps(_mm256_load_si256(reinterpret_cast<const __m256i*>(edge[j])));
      }
      transpose8(block);
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) {
        const __m256i bits = _mm256_xor_si256(_mm256_and_si256(_mm256_castps_si256(block[i]), mask), flip);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(panel + (c + i) * 16 + half), bits);
      }
    }
}

/// out[c] = the pair even[c], odd[c] for c < n (at most 16), zeros beyond; a null row counts as zeros.
LATHE_SIMD void pack_pair_row(const bf16* even, const bf16* odd, int64_t n, float* out) {
  const int count = n < 0 ? 0 : n < 16 ? static_cast<int>(n) : 16;
  store(out, zip_bits(load_bits(even, even == nullptr ? 0 : count), load_bits(odd, odd == nullptr ? 0 : count)));
}

}  // namespace
}  // namespace lathe::cpu
