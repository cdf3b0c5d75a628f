#pragma once
// The kernels of kernels.inc for the instruction set that the including source is compiled for.
#include "kernels/cpu/rotary/rotary.h"
#include "kernels/cpu/simd.h"

namespace lathe::cpu {
namespace {

using namespace lathe::simd;

/// Two vectors of neighbours x0 y0 x1 y1 .. as x0 x1 .. and y0 y1 .., and back.
#if defined(__AVX512F__)
LATHE_SIMD void take_apart(f32v& a, f32v& b) {
  const i32v even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const i32v odd = _mm512_add_epi32(even, set1_i32(1));
  const f32v x = _mm512_permutex2var_ps(a, even, b);
  b = _mm512_permutex2var_ps(a, odd, b);
  a = x;
}
LATHE_SIMD void put_together(f32v& a, f32v& b) {
  const i32v low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const i32v high = _mm512_add_epi32(low, set1_i32(8));
  const f32v x = _mm512_permutex2var_ps(a, low, b);
  b = _mm512_permutex2var_ps(a, high, b);
  a = x;
}
#else
LATHE_SIMD f32v in_order(f32v v) { return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(v), 0xd8)); }
LATHE_SIMD void take_apart(f32v& a, f32v& b) {
  const f32v x = in_order(_mm256_shuffle_ps(a, b, 0x88));
  b = in_order(_mm256_shuffle_ps(a, b, 0xdd));
  a = x;
}
LATHE_SIMD void put_together(f32v& a, f32v& b) {
  const f32v low = _mm256_unpacklo_ps(a, b), high = _mm256_unpackhi_ps(a, b);
  a = _mm256_permute2f128_ps(low, high, 0x20);
  b = _mm256_permute2f128_ps(low, high, 0x31);
}
#endif

/// The first n (at most 2 kWidth) elements, zeros beyond.
template <class T>
LATHE_SIMD void load_pairs(const T* p, int64_t n, f32v& a, f32v& b) {
  a = load(p, static_cast<int>(n < kWidth ? n : kWidth));
  b = n > kWidth ? load(p + kWidth, static_cast<int>(n - kWidth)) : zero();
  take_apart(a, b);
}

/// What a pair of vectors turns by.
struct Turn {
  f32v cos_a, sin_a, cos_b, sin_b;
};
LATHE_SIMD void turn(const Turn& by, f32v& a, f32v& b) {
  const f32v x = fnma(b, by.sin_a, a * by.cos_a);
  b = fma(a, by.sin_b, b * by.cos_b);
  a = x;
}

/// One head whose pairs lie half a width apart.
template <class T>
LATHE_SIMD void turn_halves(const T* x, T* y, const float* cosine, const float* sine, int64_t half, int64_t second) {
  for_row(
      half, [=](int64_t c, auto lanes) __attribute__((always_inline)) {
        f32v a = load(x + c, lanes), b = load(x + half + c, lanes);
        const Turn by = {load(cosine + c, lanes), load(sine + c, lanes), load(cosine + second + c, lanes),
                         load(sine + second + c, lanes)};
        turn(by, a, b);
        store(y + c, a, lanes);
        store(y + half + c, b, lanes);
      });
}

/// One head whose pairs are neighbours; `each`: the tables have an element an element.
template <class T>
LATHE_SIMD void turn_neighbours(const T* x, T* y, const float* cosine, const float* sine, int64_t width, bool each) {
  for (int64_t c = 0; c < width; c += 2 * kWidth) {
    const int64_t n = width - c < 2 * kWidth ? width - c : 2 * kWidth;
    const int pairs = static_cast<int>(n / 2);
    f32v a, b;
    Turn by;
    load_pairs(x + c, n, a, b);
    if (each) {
      load_pairs(cosine + c, n, by.cos_a, by.cos_b);
      load_pairs(sine + c, n, by.sin_a, by.sin_b);
    } else {
      by.cos_a = by.cos_b = load(cosine + c / 2, pairs);
      by.sin_a = by.sin_b = load(sine + c / 2, pairs);
    }
    turn(by, a, b);
    put_together(a, b);
    store(y + c, a, static_cast<int>(n < kWidth ? n : kWidth));
    if (n > kWidth) store(y + c + kWidth, b, static_cast<int>(n - kWidth));
  }
}

template <class T>
void rotary(const RotaryArgs& args, Team& team) noexcept {
  const Team::Range rows = team.share(args.rows);
  const int64_t width = args.width, half = width / 2, rest = args.head_dim - width;
  const bool each = args.columns != half;
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    const T* x = static_cast<const T*>(args.x) + r * args.x_stride;
    T* y = static_cast<T*>(args.y) + r * args.y_stride;
    const int64_t at = r % args.table_rows * args.columns;
    for (int64_t h = 0; h < args.heads; ++h, x += args.head_dim, y += args.head_dim) {
      if (args.interleaved)
        turn_neighbours(x, y, args.cosine + at, args.sine + at, width, each);
      else
        turn_halves(x, y, args.cosine + at, args.sine + at, half, each ? half : 0);
      if (rest > 0 && x != y) std::memcpy(y + width, x + width, static_cast<size_t>(rest) * sizeof(T));
    }
  }
}

}  // namespace

#define LATHE_ROTARY(type, isa)                                                \
  LATHE_ONLY_##isa(                                                            \
      void rotary_##type##_##isa(const RotaryArgs& args, Team& team) noexcept; \
      void rotary_##type##_##isa(const RotaryArgs& args, Team& team) noexcept { rotary<type>(args, team); })
#include "kernels/cpu/rotary/kernels.inc"
#undef LATHE_ROTARY

}  // namespace lathe::cpu
