#pragma once
// Steps element by element, of every lane. What has a sign or not is a matter of the lane's type.
#include "kernels/cpu/lanes.h"
#include "kernels/cpu/pointwise/float_math.h"
#include "kernels/cpu/pointwise/pointwise.h"

namespace lathe::cpu {
namespace {

/// Operands and result of a step on n elements.
template <class T>
struct Values {
  const T *a, *b;
  T* y;
  int64_t n;
  bool b_uniform;  ///< all elements of b are equal
};

template <class T>
struct UnsignedOf {
  using type = uint64_t;
};
template <>
struct UnsignedOf<int32_t> {
  using type = uint32_t;
};

template <class T>
constexpr bool kIsSigned = static_cast<T>(-1) < static_cast<T>(0);

template <class T, class F>
LATHE_SIMD void each(const Values<T>& v, F f) {
  const T* a = v.a;
  T* y = v.y;
  for (int64_t i = 0; i < v.n; ++i) y[i] = f(a[i]);
}
template <class T, class F>
LATHE_SIMD void each_two(const Values<T>& v, F f) {
  const T *a = v.a, *b = v.b;
  T* y = v.y;
  for (int64_t i = 0; i < v.n; ++i) y[i] = f(a[i], b[i]);
}

#define LATHE_EACH(name, value) \
  case PointwiseOp::name:       \
    return each(                \
        v, [=](T x) __attribute__((always_inline)) { return static_cast<T>(value); })
#define LATHE_EACH_TWO(name, value) \
  case PointwiseOp::name:           \
    return each_two(                \
        v, [=](T x, T z) __attribute__((always_inline)) { return static_cast<T>(value); })

template <class T>
LATHE_SIMD T modulo(T x, T z) {
  const T rest = simd::library_fmod(x, z);
  if (rest == 0) return simd::library_copysign(T{0}, z);
  return (rest < 0) != (z < 0) ? rest + z : rest;
}

template <class T>
void unary(PointwiseOp op, const Values<T>& v) {
  using namespace simd;
  switch (op) {
    LATHE_EACH(exp, library_exp(x));
    LATHE_EACH(log, library_log(x));
    LATHE_EACH(sqrt, library_sqrt(x));
    LATHE_EACH(rsqrt, 1 / library_sqrt(x));
    LATHE_EACH(recip, 1 / x);
    LATHE_EACH(neg, -x);
    LATHE_EACH(abs, library_fabs(x));
    LATHE_EACH(erf, library_erf(x));
    LATHE_EACH(sin, library_sin(x));
    LATHE_EACH(cos, library_cos(x));
    LATHE_EACH(tan, library_tan(x));
    LATHE_EACH(asin, library_asin(x));
    LATHE_EACH(acos, library_acos(x));
    LATHE_EACH(atan, library_atan(x));
    LATHE_EACH(sinh, library_sinh(x));
    LATHE_EACH(cosh, library_cosh(x));
    LATHE_EACH(asinh, library_asinh(x));
    LATHE_EACH(acosh, library_acosh(x));
    LATHE_EACH(atanh, library_atanh(x));
    LATHE_EACH(floor, library_floor(x));
    LATHE_EACH(ceil, library_ceil(x));
    LATHE_EACH(round, library_round(x));
    LATHE_EACH(sign, x > 0 ? 1 : x < 0 ? -1 : x);
    default: return;
  }
}

template <class T>
void binary(PointwiseOp op, const Values<T>& v) {
  using namespace simd;
  switch (op) {
    LATHE_EACH_TWO(add, x + z);
    LATHE_EACH_TWO(sub, x - z);
    LATHE_EACH_TWO(mul, x * z);
    LATHE_EACH_TWO(div, x / z);
    LATHE_EACH_TWO(pow, library_pow(x, z));
    LATHE_EACH_TWO(min, x < z || x != x ? x : z);
    LATHE_EACH_TWO(max, x > z || x != x ? x : z);
    LATHE_EACH_TWO(mod, modulo(x, z));
    LATHE_EACH_TWO(fmod, library_fmod(x, z));
    LATHE_EACH_TWO(floor_div, library_floor(x / z));
    default: return;
  }
}

/// log(e^x + 1)
LATHE_SIMD double softplus_of(double x) {
  return x > 0 ? x + simd::library_log1p(simd::library_exp(-x)) : simd::library_log1p(simd::library_exp(x));
}
LATHE_SIMD double sigmoid_of(double x) { return 1 / (1 + simd::library_exp(-x)); }
LATHE_SIMD double clip_of(double x, double low, double high) {
  const double raised = x < low ? low : x;
  return raised > high ? high : raised;
}
LATHE_SIMD double gelu_tanh_of(double x) {
  return 0.5 * x * (1 + simd::library_tanh(0.79788456080286535588 * (x + 0.044715 * x * x * x)));
}

void activation(PointwiseOp op, const Values<double>& v, double a, double b) {
  using namespace simd;
  using T = double;
  switch (op) {
    LATHE_EACH(none, x);
    LATHE_EACH(relu, x < 0 ? 0 : x);
    LATHE_EACH(tanh, library_tanh(x));
    LATHE_EACH(gelu, 0.5 * x * __builtin_erfc(-x * 0.70710678118654752440));
    LATHE_EACH(gelu_tanh, gelu_tanh_of(x));
    LATHE_EACH(sigmoid, sigmoid_of(x));
    LATHE_EACH(silu, x * sigmoid_of(a * x));
    LATHE_EACH(softplus, a * softplus_of(b * x));
    LATHE_EACH(softsign, x / (1 + library_fabs(x)));
    LATHE_EACH(elu, x < 0 ? a * library_expm1(x) : x);
    LATHE_EACH(selu, b * (x < 0 ? a * library_expm1(x) : x));
    LATHE_EACH(celu, x < 0 ? a * library_expm1(x / a) : x);
    LATHE_EACH(leaky_relu, x < 0 ? a * x : x);
    LATHE_EACH(thresholded_relu, x <= a ? 0 : x);
    LATHE_EACH(clip, clip_of(x, a, b));
    LATHE_EACH(hard_sigmoid, clip_of(a * x + b, 0, 1));
    LATHE_EACH(hard_swish, x * clip_of(x / 6 + 0.5, 0, 1));
    LATHE_EACH(scaled_tanh, a * library_tanh(b * x));
    LATHE_EACH(mish, x * library_tanh(softplus_of(x)));
    default: return;
  }
}
/// All of them are vectors there.
void activation(PointwiseOp, const Values<float>&, double, double) {}

// Whole numbers wrap around: they are added and multiplied as unsigned ones.
template <class T>
LATHE_SIMD T negated(T x) {
  return static_cast<T>(typename UnsignedOf<T>::type{0} - static_cast<typename UnsignedOf<T>::type>(x));
}

template <class T>
void whole_unary(PointwiseOp op, DType type, const Values<T>& v) {
  const bool flag = type == DType::boolean;
  switch (op) {
    LATHE_EACH(neg, negated(x));
    LATHE_EACH(abs, x < T{0} ? negated(x) : x);
    LATHE_EACH(sign, (x > T{0}) - (x < T{0}));
    LATHE_EACH(not_, flag ? x == 0 : ~x);
    default: return;
  }
}

/// By zero all give 0; the lowest number by -1 wraps around.
template <class T>
LATHE_SIMD T quotient(T x, T z) {
  if (z == 0) return 0;
  if (kIsSigned<T> && z == static_cast<T>(-1)) return negated(x);
  return x / z;
}
template <class T>
LATHE_SIMD T remainder_of(T x, T z) {
  return z == 0 || (kIsSigned<T> && z == static_cast<T>(-1)) ? T{0} : x % z;
}
/// Whether the quotient lies between two whole numbers below zero.
template <class T>
LATHE_SIMD bool is_between(T rest, T z) {
  return rest != 0 && (rest < T{0}) != (z < T{0});
}
template <class T>
LATHE_SIMD T floor_quotient(T x, T z) {
  return static_cast<T>(quotient(x, z) - is_between(remainder_of(x, z), z));
}
template <class T>
LATHE_SIMD T floor_remainder(T x, T z) {
  const T rest = remainder_of(x, z);
  return is_between(rest, z) ? rest + z : rest;
}

template <class T>
LATHE_SIMD T power_of(T base, T exponent) {
  using U = typename UnsignedOf<T>::type;
  if (exponent < T{0}) return base == 1 ? 1 : base != static_cast<T>(-1) ? 0 : exponent % 2 == 0 ? 1 : base;
  U result = 1;
  U square = static_cast<U>(base);
  for (U left = static_cast<U>(exponent); left > 0; left /= 2, square *= square)
    if (left % 2 == 1) result *= square;
  return static_cast<T>(result);
}

template <class T>
LATHE_SIMD T shifted_left(T x, T by, int bits) {
  return by < T{0} || by >= static_cast<T>(bits) ? T{0}
                                                 : static_cast<T>(static_cast<typename UnsignedOf<T>::type>(x) << by);
}
template <class T>
LATHE_SIMD T shifted_right(T x, T by, int bits) {
  const bool out = by < T{0} || by >= static_cast<T>(bits);
  if (!kIsSigned<T>) return out ? T{0} : x >> by;
  return x >> (out ? static_cast<T>(8 * sizeof(T) - 1) : by);
}

template <class T>
void whole_binary(PointwiseOp op, DType type, const Values<T>& v) {
  using U = typename UnsignedOf<T>::type;
  const int bits = bits_of(type);
  switch (op) {
    LATHE_EACH_TWO(add, static_cast<U>(x) + static_cast<U>(z));
    LATHE_EACH_TWO(sub, static_cast<U>(x) - static_cast<U>(z));
    LATHE_EACH_TWO(mul, static_cast<U>(x) * static_cast<U>(z));
    LATHE_EACH_TWO(div, quotient(x, z));
    LATHE_EACH_TWO(pow, power_of(x, z));
    LATHE_EACH_TWO(min, x < z ? x : z);
    LATHE_EACH_TWO(max, x > z ? x : z);
    LATHE_EACH_TWO(mod, floor_remainder(x, z));
    LATHE_EACH_TWO(fmod, remainder_of(x, z));
    LATHE_EACH_TWO(floor_div, floor_quotient(x, z));
    LATHE_EACH_TWO(and_, x & z);
    LATHE_EACH_TWO(or_, x | z);
    LATHE_EACH_TWO(xor_, x ^ z);
    LATHE_EACH_TWO(shift_left, shifted_left(x, z, bits));
    LATHE_EACH_TWO(shift_right, shifted_right(x, z, bits));
    default: return;
  }
}
#undef LATHE_EACH
#undef LATHE_EACH_TWO

}  // namespace
}  // namespace lathe::cpu
