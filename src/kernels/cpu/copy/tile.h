#pragma once
// A tile of a transposition in registers: [k, n] elements of E bytes, k the number of them in 16 bytes, from rows that
// run along k to rows that run along n. Each 128-bit lane of a register is a small transposition of its own.
#include "kernels/cpu/simd.h"

namespace lathe::cpu {
namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 4;
using Bits = __m512i;
#define LATHE_BITS(name) _mm512_##name
LATHE_SIMD void store_line(char* p, Bits v) { _mm512_storeu_si512(p, v); }
#else
constexpr int kLanes = 2;
using Bits = __m256i;
#define LATHE_BITS(name) _mm256_##name
LATHE_SIMD void store_line(char* p, Bits v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }
#endif

LATHE_SIMD __m128i load_16(const char* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }

/// 16 bytes each from p, p + step, ...: a lane each.
LATHE_SIMD Bits load_lanes(const char* p, int64_t step) {
  const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(load_16(p)), load_16(p + step), 1);
#if defined(__AVX512F__)
  const __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(load_16(p + 2 * step)), load_16(p + 3 * step), 1);
  return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
#else
  return low;
#endif
}

/// a0 b0 a1 b1 ... of the lower and of the upper halves of lanes.
template <int E>
LATHE_SIMD Bits zip_low(Bits a, Bits b) {
  if constexpr (E == 1) return LATHE_BITS(unpacklo_epi8)(a, b);
  if constexpr (E == 2) return LATHE_BITS(unpacklo_epi16)(a, b);
  if constexpr (E == 4) return LATHE_BITS(unpacklo_epi32)(a, b);
  if constexpr (E == 8) return LATHE_BITS(unpacklo_epi64)(a, b);
}
template <int E>
LATHE_SIMD Bits zip_high(Bits a, Bits b) {
  if constexpr (E == 1) return LATHE_BITS(unpackhi_epi8)(a, b);
  if constexpr (E == 2) return LATHE_BITS(unpackhi_epi16)(a, b);
  if constexpr (E == 4) return LATHE_BITS(unpackhi_epi32)(a, b);
  if constexpr (E == 8) return LATHE_BITS(unpackhi_epi64)(a, b);
}
#undef LATHE_BITS

template <int E>
constexpr int kTileA = 16 / E;
template <int E>
constexpr int kTileB = kTileA<E>* kLanes;

/// x: kTileB rows of 16 bytes, x_step apart; y: kTileA rows of a whole register, y_step apart.
template <int E>
LATHE_SIMD void turn_tile(const char* x, int64_t x_step, char* y, int64_t y_step) {
  constexpr int k = kTileA<E>;
  Bits rows[k], zipped[k];
#pragma GCC unroll 16
  for (int i = 0; i < k; ++i) rows[i] = load_lanes(x + i * x_step, k * x_step);
#pragma GCC unroll 4
  for (int done = 1; done < k; done *= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < k / 2; ++i) {
      zipped[2 * i] = zip_low<E>(rows[i], rows[i + k / 2]);
      zipped[2 * i + 1] = zip_high<E>(rows[i], rows[i + k / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < k; ++i) rows[i] = zipped[i];
  }
#pragma GCC unroll 16
  for (int i = 0; i < k; ++i) store_line(y + i * y_step, rows[i]);
}

}  // namespace
}  // namespace lathe::cpu
