#pragma once
#include "kernels/cpu/simd.h"

namespace lathe::simd {
namespace {

/// y = (s - mean) / sqrt(var + epsilon) * gamma + beta for one row; load_s(c, lanes) answers s[c ..] and is called
/// three times an element, the last time just before y[c ..] is written.
template <class LoadS, class Y>
LATHE_SIMD void normalize_row(LoadS load_s, int64_t n, const float* gamma, const float* beta, float epsilon, Y* y) {
  const float inverse_n = 1.0f / static_cast<float>(n);
  f32v total = sum_row(
      n, [&](f32v a, int64_t c, auto lanes) __attribute__((always_inline)) { return a + load_s(c, lanes); });
  const f32v mean = set1(sum(total) * inverse_n);
  f32v squares = sum_row(
      n, [&](f32v a, int64_t c, auto lanes) __attribute__((always_inline)) {
        f32v d = keep(load_s(c, lanes) - mean, lanes);
        return fma(d, d, a);
      });
  const float variance = sum(squares) * inverse_n;
  const f32v rstd = set1(1.0f / _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(variance + epsilon))));
  const bool affine = gamma != nullptr && beta != nullptr;
  for_row(
      n, [&](int64_t c, auto lanes) __attribute__((always_inline)) {
        f32v v = (load_s(c, lanes) - mean) * rstd;
        if (affine) {
          v = fma(v, load(gamma + c, lanes), load(beta + c, lanes));
        } else {
          if (gamma != nullptr) v = v * load(gamma + c, lanes);
          if (beta != nullptr) v = v + load(beta + c, lanes);
        }
        store(y + c, v, lanes);
      });
}

}  // namespace
}  // namespace lathe::simd
