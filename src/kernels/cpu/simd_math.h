#pragma once
// Elementary functions on simd.h's vectors. Error bounds are over all finite floats unless said otherwise; results
// below the smallest normal number are zero; NaN answers NaN.
#include "base/activation.h"
#include "kernels/cpu/simd.h"

namespace lathe::simd {
namespace {

/// c[0] + c[1] x + ... + c[N-1] x^(N-1) by Horner's rule.
template <int N>
LATHE_SIMD f32v polynomial(f32v x, const float (&c)[N]) {
  f32v y = set1(c[N - 1]);
#pragma GCC unroll 16
  for (int i = N - 2; i >= 0; --i) y = fma(y, x, set1(c[i]));
  return y;
}

/// Adding 1.5 * 2^23 rounds to an integer and leaves that integer in the low bits.
constexpr float kRoundMagic = 12582912.0f;
constexpr float kLog2e = 1.44269504f;
constexpr float kExp2[] = {1.0f, 0.69314718f, 0.24022646f, 0.055503286f, 0.0096184891f, 0.0013399931f, 0.00015345808f};

/// 2^x for -126 <= x < 128; at most 1 ulp. At -127 the exponent field runs down to an exact 0.
LATHE_SIMD f32v exp2_in_range(f32v x) {
  f32v shifted = x + set1(kRoundMagic), n = shifted - set1(kRoundMagic);
  return add_exponent(polynomial(x - n, kExp2), shifted);
}

/// 2^x for any x < 128; at most 1 ulp down to 2^-126, from there on below 2^-126, and 0 for x <= -127.
LATHE_SIMD f32v exp2_below_128(f32v x) { return exp2_in_range(max(set1(-127.0f), x)); }

/// 2^x for x < 1, for softmax weights: at most 2 ulp, 0 for x <= -127; short chains of operations.
LATHE_SIMD f32v exp2_weight(f32v x) {
  f32v shifted = max(set1(-127.0f), x) + set1(kRoundMagic), r = max(set1(-127.0f), x) - (shifted - set1(kRoundMagic));
  f32v r2 = r * r;
  f32v low = fma(set1(0.693147f), r, set1(1.0f)), middle = fma(set1(0.055507336f), r, set1(0.24022242f));
  f32v high = fma(set1(0.0013264727f), r, set1(0.0096715130f));
  return add_exponent(fma(fma(high, r2, middle), r2, low), shifted);
}

/// 2^x for -127 <= x < 128, for what is rounded to bf16: an error of 1e-4, a twentieth of what the rounding adds.
LATHE_SIMD f32v exp2_coarse(f32v x) {
  constexpr float kCoarse[] = {1.0f, 0.6932829f, 0.24221095f, 0.05500893f};
  f32v shifted = x + set1(kRoundMagic);
  return add_exponent(polynomial(x - (shifted - set1(kRoundMagic)), kCoarse), shifted);
}

/// e^x; at most 1 ulp; at and above ln(FLT_MAX) = 88.7228 it stays at (about) FLT_MAX: for formulas that divide by it.
LATHE_SIMD f32v exp_finite(f32v x) {
  constexpr float kExp[] = {1.0f, 1.0f, 0.49999991f, 0.1666642f, 0.041668225f, 0.0083748158f, 0.0013836842f};
  f32v clamped = max(set1(-87.33654f), min(set1(88.72283f), x));
  f32v shifted = fma(clamped, set1(kLog2e), set1(kRoundMagic)), n = shifted - set1(kRoundMagic);
  f32v r = fnma(n, set1(0.693359375f), clamped);  // ln 2 in two parts, the first exact in a product with n
  r = fnma(n, set1(-2.12194440e-4f), r);
  f32v y = add_exponent(polynomial(r, kExp), shifted);
  return select(less(x, set1(-87.33654f)), zero(), y);
}

/// e^x; at most 1 ulp; infinity above ln(FLT_MAX).
LATHE_SIMD f32v exp(f32v x) { return select(less(set1(88.72283f), x), set1(__builtin_inff()), exp_finite(x)); }

/// 1 / (1 + e^-x); at most 3 ulp.
LATHE_SIMD f32v sigmoid(f32v x) { return set1(1.0f) / (set1(1.0f) + exp_finite(zero() - x)); }

/// At most 3 ulp.
LATHE_SIMD f32v tanh(f32v x) {
  constexpr float kSmall[] = {-0.33333299f, 0.13331959f, -0.05378668f, 0.020805378f, -0.0059058706f};
  f32v t = abs(x), z = x * x;
  f32v small = fma(x * z, polynomial(z, kSmall), x);
  f32v large = set1(1.0f) - set1(2.0f) / (set1(1.0f) + exp_finite(t + t));
  return select(less(t, set1(0.6f)), small, bit_or(large, sign_bit(x)));
}

/// At most 3 ulp.
LATHE_SIMD f32v erf(f32v x) {
  constexpr float kSmall[] = {1.1283791f,    -0.37612626f,    0.11283585f,   -0.026853811f,
                              0.0051883277f, -0.00080101925f, 7.8538578e-05f};
  constexpr float kLog2Erfc[] = {0.00015656212f, -1.6290512f,   -0.914799f,     -0.15495266f,
                                 0.035370026f,   -0.005667297f, 0.00055046473f, -2.3494228e-05f};
  f32v t = min(set1(4.1f), abs(x)), z = x * x;
  f32v small = x * polynomial(z, kSmall);
  f32v large = set1(1.0f) - exp2_in_range(polynomial(t, kLog2Erfc));
  return select(less(t, set1(0.9f)), small, bit_or(large, sign_bit(x)));
}

/// GELU as 0.5 x (1 + erf(x / sqrt 2)): max(x, 0) - |x| Q(|x|) with Q the upper tail of the normal distribution, whose
/// logarithm is nearly a parabola. No cancellation at negative x; the error is below 1e-7 max(x, |x| Q(|x|)) + 1e-8.
LATHE_SIMD f32v gelu(f32v x) {
  constexpr float kLog2Tail[] = {-0.99999863f,    -1.1511264f,     -0.45910329f,   -0.052733123f,   0.0073416401f,
                                 -0.00031417355f, -0.00012723482f, 3.1255207e-05f, -3.0488548e-06f, 1.1373941e-07f};
  f32v t = min(set1(8.0f), abs(x));
  return fnma(t, exp2_in_range(polynomial(t, kLog2Tail)), max(zero(), x));
}

/// gelu() for what is rounded to bf16: relative error 2e-4 down to x = -3, where the rounding adds up to 4e-3; then it
/// grows to 3e-3 at -8, where the value is 5e-15.
LATHE_SIMD f32v gelu_coarse(f32v x) {
  constexpr float kLog2Tail[] = {-1.0001144f,   -1.1494764f,     -0.46285657f,  -0.049881698f,
                                 0.0067173625f, -0.00053169442f, 1.8144109e-05f};
  f32v t = min(set1(8.0f), abs(x));
  return fnma(t, exp2_coarse(polynomial(t, kLog2Tail)), max(zero(), x));
}

/// GELU as 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) = x / (1 + e^-2u): relative error of some 4 ulp down to
/// x = -5, growing with |x| beyond, where the value vanishes.
LATHE_SIMD f32v gelu_tanh(f32v x) {
  f32v c = max(set1(-13.0f), x), c2 = c * c;  // e^-2u is over the top below -13, the answer below 1e-37
  f32v minus_2u = c * fma(c2, set1(-0.0713548163f), set1(-1.5957691216f));
  return c / (set1(1.0f) + exp_finite(minus_2u));
}

/// For a result that is stored as Out.
template <Activation A, class Out>
LATHE_SIMD f32v activate(f32v x) {
  if constexpr (A == Activation::relu) return max(zero(), x);
  if constexpr (A == Activation::tanh) return tanh(x);
  if constexpr (A == Activation::gelu && sizeof(Out) < sizeof(float)) return gelu_coarse(x);
  if constexpr (A == Activation::gelu) return gelu(x);
  if constexpr (A == Activation::gelu_tanh) return gelu_tanh(x);
  return x;
}

/// alpha and beta of an activation that has them.
struct ActivationParameters {
  float alpha, beta;
};

LATHE_SIMD f32v clip(f32v x, f32v low, f32v high) { return min(high, max(low, x)); }

/// The same with parameters, for those of with_activation().
template <Activation A, class Out>
LATHE_SIMD f32v activate(f32v x, ActivationParameters p) {
  if constexpr (A == Activation::sigmoid) return sigmoid(x);
  if constexpr (A == Activation::silu) return x * sigmoid(x * set1(p.alpha));
  if constexpr (A == Activation::clip) return clip(x, set1(p.alpha), set1(p.beta));
  if constexpr (A == Activation::leaky_relu) return select(less(x, zero()), x * set1(p.alpha), x);
  if constexpr (A == Activation::hard_sigmoid) return clip(fma(x, set1(p.alpha), set1(p.beta)), zero(), set1(1.0f));
  if constexpr (A == Activation::hard_swish) return x * clip(fma(x, set1(1.0f / 6), set1(0.5f)), zero(), set1(1.0f));
  return activate<A, Out>(x);
}

/// f<A>() for an activation that kernels have beside a product (is_epilogue_activation); else nothing.
template <class F>
LATHE_SIMD void with_activation(Activation activation, F f) {
  switch (activation) {
    case Activation::none: return f.template operator()<Activation::none>();
    case Activation::relu: return f.template operator()<Activation::relu>();
    case Activation::tanh: return f.template operator()<Activation::tanh>();
    case Activation::gelu: return f.template operator()<Activation::gelu>();
    case Activation::gelu_tanh: return f.template operator()<Activation::gelu_tanh>();
    case Activation::sigmoid: return f.template operator()<Activation::sigmoid>();
    case Activation::silu: return f.template operator()<Activation::silu>();
    case Activation::clip: return f.template operator()<Activation::clip>();
    case Activation::leaky_relu: return f.template operator()<Activation::leaky_relu>();
    case Activation::hard_sigmoid: return f.template operator()<Activation::hard_sigmoid>();
    case Activation::hard_swish: return f.template operator()<Activation::hard_swish>();
    default: return;
  }
}

}  // namespace
}  // namespace lathe::simd
