#pragma once
// Functions of floats beyond simd_math.h's: vectors of f32 in few ulp where they are common, else the C library's.
#include "kernels/cpu/simd_math.h"

namespace lathe::simd {
namespace {

/// Natural logarithm; at most 2 ulp, subnormal numbers included. -infinity of 0, NaN below.
LATHE_SIMD f32v log(f32v x) {
  constexpr float kLog[] = {3.3333331174e-1f,  -2.4999993993e-1f, 2.0000714765e-1f,
                            -1.6668057665e-1f, 1.4249322787e-1f,  -1.2420140846e-1f,
                            1.1676998740e-1f,  -1.1514610310e-1f, 7.0376836292e-2f};
  const auto tiny = less(x, set1(1.17549435e-38f));
  const f32v scaled = select(tiny, x * set1(16777216.0f), x);
  // x = m 2^e with sqrt(1/2) <= m < sqrt(2): the bits of sqrt(1/2) are taken off before the exponent is read.
#if defined(__AVX512F__)
  const i32v offset = _mm512_sub_epi32(as_i32(scaled), set1_i32(0x3f3504f3));
  const i32v exponent = _mm512_srai_epi32(offset, 23);
  const f32v m = as_f32(_mm512_sub_epi32(as_i32(scaled), _mm512_slli_epi32(exponent, 23)));
  const f32v e = _mm512_maskz_cvtepi32_ps(0xffff, exponent) - select(tiny, set1(24.0f), zero());
#else
  const i32v offset = _mm256_sub_epi32(as_i32(scaled), set1_i32(0x3f3504f3));
  const i32v exponent = _mm256_srai_epi32(offset, 23);
  const f32v m = as_f32(_mm256_sub_epi32(as_i32(scaled), _mm256_slli_epi32(exponent, 23)));
  const f32v e = _mm256_cvtepi32_ps(exponent) - select(tiny, set1(24.0f), zero());
#endif
  const f32v r = m - set1(1.0f), r2 = r * r;
  f32v y = polynomial(r, kLog) * r * r2;
  y = fma(e, set1(-2.12194440e-4f), y);
  y = fnma(set1(0.5f), r2, y);
  y = fma(e, set1(0.693359375f), r + y);
  y = select(less(set1(3.40282347e38f), x), x, y);  // infinity
  y = select(less(x, zero()), set1(__builtin_nanf("")), y);
  y = select(less(abs(x), set1(1e-45f)), set1(-__builtin_inff()), y);  // 0
  return select(is_nan(x), x, y);
}

/// log(1 + u) for 0 <= u <= 1; at most 4 ulp: what 1 + u rounds off is put back by a factor.
LATHE_SIMD f32v log1p_small(f32v u) {
  const f32v w = set1(1.0f) + u;
  return select(less(u, set1(6e-8f)), u, log(w) * u / (w - set1(1.0f)));
}

/// log(e^x + 1); at most 4 ulp.
LATHE_SIMD f32v softplus(f32v x) { return max(zero(), x) + log1p_small(exp_finite(zero() - abs(x))); }

/// e^x - 1 for x <= 0; at most 5 ulp, by the same factor.
LATHE_SIMD f32v expm1_negative(f32v x) {
  const f32v w = exp_finite(x);
  const f32v y = (w - set1(1.0f)) * x / log(w);
  return select(less(x, set1(-17.0f)), set1(-1.0f), select(less(set1(-6e-8f), x), x, y));
}

LATHE_SIMD f32v softsign(f32v x) { return x / (set1(1.0f) + abs(x)); }
LATHE_SIMD f32v elu(f32v x, f32v a) { return select(less(x, zero()), a * expm1_negative(x), x); }
LATHE_SIMD f32v thresholded_relu(f32v x, f32v a) { return select(is_nan(x), x, select(less(a, x), x, zero())); }
LATHE_SIMD f32v scaled_tanh(f32v x, f32v a, f32v b) { return a * tanh(b * x); }

/// x tanh(log(1 + e^x)) as x n / (n + 2) with n = e^x (e^x + 2); at most 5 ulp.
LATHE_SIMD f32v mish(f32v x) {
  const f32v e = exp_finite(min(set1(20.0f), x)), n = e * (e + set1(2.0f));
  return x * (n / (n + set1(2.0f)));
}

#if defined(__AVX512F__)
LATHE_SIMD f32v floor(f32v x) { return _mm512_maskz_roundscale_ps(0xffff, x, _MM_FROUND_TO_NEG_INF); }
LATHE_SIMD f32v ceil(f32v x) { return _mm512_maskz_roundscale_ps(0xffff, x, _MM_FROUND_TO_POS_INF); }
LATHE_SIMD f32v round(f32v x) { return _mm512_maskz_roundscale_ps(0xffff, x, _MM_FROUND_TO_NEAREST_INT); }
#else
LATHE_SIMD f32v floor(f32v x) { return _mm256_floor_ps(x); }
LATHE_SIMD f32v ceil(f32v x) { return _mm256_ceil_ps(x); }
LATHE_SIMD f32v round(f32v x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
#endif
LATHE_SIMD f32v sign(f32v x) { return select(less(zero(), x), set1(1.0f), select(less(x, zero()), set1(-1.0f), x)); }

// The C library's, of one number.
#define LATHE_LIBRARY(name)                                                   \
  LATHE_SIMD float library_##name(float x) { return __builtin_##name##f(x); } \
  LATHE_SIMD double library_##name(double x) { return __builtin_##name(x); }
LATHE_LIBRARY(exp)
LATHE_LIBRARY(expm1)
LATHE_LIBRARY(log)
LATHE_LIBRARY(log1p)
LATHE_LIBRARY(sqrt)
LATHE_LIBRARY(erf)
LATHE_LIBRARY(sin)
LATHE_LIBRARY(cos)
LATHE_LIBRARY(tan)
LATHE_LIBRARY(asin)
LATHE_LIBRARY(acos)
LATHE_LIBRARY(atan)
LATHE_LIBRARY(sinh)
LATHE_LIBRARY(cosh)
LATHE_LIBRARY(tanh)
LATHE_LIBRARY(asinh)
LATHE_LIBRARY(acosh)
LATHE_LIBRARY(atanh)
LATHE_LIBRARY(floor)
LATHE_LIBRARY(ceil)
LATHE_LIBRARY(fabs)
#undef LATHE_LIBRARY
LATHE_SIMD float library_round(float x) { return __builtin_nearbyintf(x); }
LATHE_SIMD double library_round(double x) { return __builtin_nearbyint(x); }
LATHE_SIMD float library_pow(float x, float y) { return __builtin_powf(x, y); }
LATHE_SIMD double library_pow(double x, double y) { return __builtin_pow(x, y); }
LATHE_SIMD float library_fmod(float x, float y) { return __builtin_fmodf(x, y); }
LATHE_SIMD double library_fmod(double x, double y) { return __builtin_fmod(x, y); }
LATHE_SIMD float library_copysign(float x, float y) { return __builtin_copysignf(x, y); }
LATHE_SIMD double library_copysign(double x, double y) { return __builtin_copysign(x, y); }

}  // namespace
}  // namespace lathe::simd
