#pragma once
#include "kernels/cpu/simd_math.h"
#include "lathe/types.h"

// What happens to a strip of scores (one query row against a chunk of keys, base-2 exponents) between the two products.
namespace lathe::simd {
namespace {

constexpr float kNothing = -__builtin_inff();  // the score of a key that is not seen

/// x[i] = nothing for i in [begin, low) and [high, end).
LATHE_SIMD void hide_outside(float* x, int64_t begin, int64_t end, int64_t low, int64_t high) {
  for (int64_t i = begin; i < end && i < low; ++i) x[i] = kNothing;
  for (int64_t i = high > begin ? high : begin; i < end; ++i) x[i] = kNothing;
}

/// A bias times log2 e. The lowest finite numbers, which masks are made of, stay finite: a row of them alone keeps
/// equal weights, where one of -inf has none.
LATHE_SIMD f32v exponent_of_bias(f32v bias) {
  constexpr float kLowest = -3.40282347e38f;
  const f32v scaled = max(set1(kLowest), bias * set1(1.44269504f));  // NaN stays
  return select(less(bias, set1(kLowest)), bias, scaled);
}

template <class K>
LATHE_SIMD void keep_bias_of(const K* keep, int64_t n, int64_t padded, float* bias) {
  for (int64_t i = 0; i < n; ++i) bias[i] = keep[i] != 0 ? 0.0f : kNothing;
  for (int64_t i = n; i < padded; ++i) bias[i] = kNothing;
}

/// bias[i] = 0 where keep[token + i] is not zero, else nothing; nothing in [n, padded).
[[maybe_unused]] void keep_bias(const void* keep, DType type, int64_t token, int64_t n, int64_t padded, float* bias) {
  switch (type) {
    case DType::i32: return keep_bias_of(static_cast<const int32_t*>(keep) + token, n, padded, bias);
    case DType::i64: return keep_bias_of(static_cast<const int64_t*>(keep) + token, n, padded, bias);
    case DType::f32: return keep_bias_of(static_cast<const float*>(keep) + token, n, padded, bias);
    default: return keep_bias_of(static_cast<const uint8_t*>(keep) + token, n, padded, bias);
  }
}

LATHE_SIMD void add_bias(float* x, const float* bias, int64_t n) {
  for (int64_t i = 0; i < n; i += kWidth) store(x + i, load(x + i) + load(bias + i));
}

/// Scores to weights in kM rows, x[r * stride + i] for i < n, a multiple of kWidth: x = 2^(x - top[r]) under the row's
/// largest score so far. total[r] += the weights' sum; shrink[r]: the factor that earlier sums must be multiplied by.
/// The rows go through each step together, so that the latencies of reductions overlap.
template <int kM>
LATHE_SIMD void softmax_rows(float* x, int64_t stride, int64_t n, float* top, float* total, float* shrink) {
  f32v largest[kM];
#pragma GCC unroll 8
  for (int r = 0; r < kM; ++r) largest[r] = set1(top[r]);
  for (int64_t i = 0; i < n; i += kWidth)
#pragma GCC unroll 8
    for (int r = 0; r < kM; ++r) largest[r] = max(largest[r], load(x + r * stride + i));
  float shift[kM];
#pragma GCC unroll 8
  for (int r = 0; r < kM; ++r) {
    const float m = max_of(largest[r]);
    shift[r] = m == kNothing ? 0.0f : m;  // without a key every weight is 2^-infinity
    shrink[r] = top[r] == kNothing ? 0.0f : top[r] - m;
    top[r] = m;
  }
  f32v added[kM];
  for (int r = 0; r < kM; ++r) {
    const f32v m = set1(shift[r]);
    float* row = x + r * stride;
    f32v a = zero();
    for (int64_t i = 0; i < n; i += kWidth) {
      const f32v w = exp2_weight(load(row + i) - m);
      store(row + i, w);
      a = a + w;
    }
    added[r] = a;
  }
#pragma GCC unroll 8
  for (int r = 0; r < kM; ++r) {
    if (total[r] != 0) shrink[r] = _mm256_cvtss_f32(lower_half(exp2_weight(set1(shrink[r]))));
    total[r] = total[r] * shrink[r] + sum(added[r]);
  }
}

}  // namespace
}  // namespace lathe::simd
