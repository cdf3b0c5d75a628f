#pragma once
// Steps on lanes of f32: vectors where simd_math.h and float_math.h have them, else the C library's functions.
#include "kernels/cpu/pointwise/float_math.h"
#include "kernels/cpu/pointwise/steps.h"

namespace lathe::cpu {
namespace {

using simd::f32v;

template <class F>
LATHE_SIMD void map(const Values<float>& v, F f) {
  simd::for_row(
      v.n, [=](int64_t c, auto lanes)
               __attribute__((always_inline)) { simd::store(v.y + c, f(simd::load(v.a + c, lanes)), lanes); });
}
template <class F>
LATHE_SIMD void map_two(const Values<float>& v, F f) {
  simd::for_row(
      v.n, [=](int64_t c, auto lanes) __attribute__((always_inline)) {
        simd::store(v.y + c, f(simd::load(v.a + c, lanes), simd::load(v.b + c, lanes)), lanes);
      });
}

/// An exponent that all elements share is mostly one of these.
bool power_of_all(const Values<float>& v, float exponent) {
  const f32v one = simd::set1(1.0f);
  if (exponent == 2.0f) {
    map(
        v, [](f32v x) __attribute__((always_inline)) { return x * x; });
  } else if (exponent == 3.0f) {
    map(
        v, [](f32v x) __attribute__((always_inline)) { return x * x * x; });
  } else if (exponent == -1.0f) {
    map(
        v, [=](f32v x) __attribute__((always_inline)) { return one / x; });
  } else if (exponent == 0.5f) {
    const f32v lowest = simd::set1(-3.40282347e38f), infinity = simd::set1(__builtin_inff());
    map(
        v, [=](f32v x) __attribute__((always_inline)) {  // of -0 it is 0, of -infinity infinity
          return simd::select(simd::less(x, lowest), infinity, simd::sqrt(x + simd::zero()));
        });
  } else {
    return false;
  }
  return true;
}

#define LATHE_VECTOR(name, value)                                         \
  case PointwiseOp::name:                                                 \
    map(                                                                  \
        v, [=](f32v x) __attribute__((always_inline)) { return value; }); \
    return true
#define LATHE_VECTORS(name, value)                                                \
  case PointwiseOp::name:                                                         \
    map_two(                                                                      \
        v, [=](f32v x, f32v z) __attribute__((always_inline)) { return value; }); \
    return true

bool vector_unary(PointwiseOp op, const Values<float>& v) {
  using namespace simd;
  const f32v one = set1(1.0f);
  switch (op) {
    LATHE_VECTOR(exp, simd::exp(x));
    LATHE_VECTOR(log, simd::log(x));
    LATHE_VECTOR(sqrt, simd::sqrt(x));
    LATHE_VECTOR(rsqrt, one / simd::sqrt(x));
    LATHE_VECTOR(recip, one / x);
    LATHE_VECTOR(neg, bit_xor(x, set1(-0.0f)));
    LATHE_VECTOR(abs, simd::abs(x));
    LATHE_VECTOR(erf, simd::erf(x));
    LATHE_VECTOR(floor, simd::floor(x));
    LATHE_VECTOR(ceil, simd::ceil(x));
    LATHE_VECTOR(round, simd::round(x));
    LATHE_VECTOR(sign, simd::sign(x));
    default: return false;
  }
}

bool vector_binary(PointwiseOp op, const Values<float>& v) {
  using namespace simd;
  switch (op) {
    LATHE_VECTORS(add, x + z);
    LATHE_VECTORS(sub, x - z);
    LATHE_VECTORS(mul, x * z);
    LATHE_VECTORS(div, x / z);
    LATHE_VECTORS(min, select(is_nan(x), x, simd::min(x, z)));
    LATHE_VECTORS(max, select(is_nan(x), x, simd::max(x, z)));
    LATHE_VECTORS(floor_div, simd::floor(x / z));
    case PointwiseOp::pow: return v.b_uniform && power_of_all(v, v.b[0]);
    default: return false;
  }
}

bool vector_activation(PointwiseOp op, const Values<float>& v, float alpha, float beta) {
  using namespace simd;
  const f32v one = set1(1.0f), none = zero(), a = set1(alpha), b = set1(beta);
  const f32v sixth = set1(1.0f / 6), half = set1(0.5f), inverse = set1(1.0f / alpha);
  switch (op) {
    LATHE_VECTOR(none, x);
    LATHE_VECTOR(relu, simd::max(none, x));
    LATHE_VECTOR(tanh, simd::tanh(x));
    LATHE_VECTOR(gelu, simd::gelu(x));
    LATHE_VECTOR(gelu_tanh, simd::gelu_tanh(x));
    LATHE_VECTOR(sigmoid, simd::sigmoid(x));
    LATHE_VECTOR(silu, x * simd::sigmoid(a * x));
    LATHE_VECTOR(softplus, a * simd::softplus(b * x));
    LATHE_VECTOR(softsign, simd::softsign(x));
    LATHE_VECTOR(elu, simd::elu(x, a));
    LATHE_VECTOR(selu, b * select(less(x, none), a * expm1_negative(x), x));
    LATHE_VECTOR(celu,
                 select(less(x, none), a * (alpha > 0 ? expm1_negative(x * inverse) : exp(x * inverse) - one), x));
    LATHE_VECTOR(leaky_relu, select(less(x, none), a * x, x));
    LATHE_VECTOR(thresholded_relu, simd::thresholded_relu(x, a));
    LATHE_VECTOR(clip, simd::min(b, simd::max(a, x)));
    LATHE_VECTOR(hard_sigmoid, simd::min(one, simd::max(none, fma(a, x, b))));
    LATHE_VECTOR(hard_swish, x * simd::min(one, simd::max(none, fma(x, sixth, half))));
    LATHE_VECTOR(scaled_tanh, simd::scaled_tanh(x, a, b));
    LATHE_VECTOR(mish, simd::mish(x));
    default: return false;
  }
}
#undef LATHE_VECTOR
#undef LATHE_VECTORS

/// Whether there is a form in vectors for the step, which is then done.
LATHE_SIMD bool by_vectors(const PointwiseStep& step, const Values<float>& v) {
  return vector_binary(step.op, v) ||
         vector_activation(step.op, v, static_cast<float>(step.alpha), static_cast<float>(step.beta)) ||
         vector_unary(step.op, v);
}
template <class T>
LATHE_SIMD bool by_vectors(const PointwiseStep&, const Values<T>&) {
  return false;
}

}  // namespace
}  // namespace lathe::cpu
