#pragma once
#include "kernels/cpu/lines/strip.h"
#include "kernels/cpu/pointwise/float_math.h"

namespace lathe::cpu {
namespace {

using simd::f32v;

/// What all elements of a line are shifted by, and then multiplied by (log: shifted by once more).
struct Shifts {
  float top[kStrip], scale[kStrip];
};

LATHE_SIMD float shift_of(float top) { return top == -__builtin_inff() ? 0.0f : top; }
/// A sum of nothing but zeros leaves zeros (log: the elements) as they are.
LATHE_SIMD float scale_of(double sum, bool log) {
  if (log) return sum == 0 ? 0.0f : static_cast<float>(simd::library_log(sum));
  return sum == 0 ? 0.0f : static_cast<float>(1 / sum);
}

/// max() answers its second operand where either is NaN, so that a NaN may get lost here; sums have it.
LATHE_SIMD void find_shifts(const Strip<float>& strip, bool log, Shifts& shifts) {
  float room[kStrip], weights[kStrip];
  double sums[kStrip];
  for (int64_t j = 0; j < strip.m; ++j) shifts.top[j] = -__builtin_inff(), sums[j] = 0;
  for (int64_t r = 0; r < strip.rows; ++r) {
    const float* x = strip.row(r, room);
    for (int64_t j = 0; j < strip.m; ++j) shifts.top[j] = shifts.top[j] > x[j] ? shifts.top[j] : x[j];
  }
  for (int64_t j = 0; j < strip.m; ++j) shifts.top[j] = shift_of(shifts.top[j]);
  for (int64_t r = 0; r < strip.rows; ++r) {
    const float* x = strip.row(r, room);
    simd::for_row(
        strip.m, [&](int64_t c, auto lanes) __attribute__((always_inline)) {
          const f32v v = simd::load(x + c, lanes) - simd::load(shifts.top + c, lanes);
          simd::store(weights + c, simd::exp_finite(v), lanes);
        });
    for (int64_t j = 0; j < strip.m; ++j) sums[j] += static_cast<double>(weights[j]);
  }
  for (int64_t j = 0; j < strip.m; ++j) shifts.scale[j] = scale_of(sums[j], log);
}

/// The same of one line.
LATHE_SIMD void find_shift(const Strip<float>& strip, bool log, float* top, float* scale) {
  float room[kStrip];
  const f32v lowest = simd::set1(-__builtin_inff());
  f32v tops = lowest;
  for (int64_t r = 0; r < strip.rows; ++r) {
    const float* x = strip.row(r, room);
    simd::for_row(
        strip.width(r), [&](int64_t c, auto lanes) __attribute__((always_inline)) {
          tops = simd::max(tops, simd::keep(simd::load(x + c, lanes), lanes, lowest));
        });
  }
  *top = shift_of(simd::max_of(tops));
  const f32v shift = simd::set1(*top);
  double sum = 0;
  for (int64_t r = 0; r < strip.rows; ++r) {
    const float* x = strip.row(r, room);
    sum += static_cast<double>(simd::sum(simd::sum_row(
        strip.width(r), [=](f32v a, int64_t c, auto lanes) __attribute__((always_inline)) {
          return a + simd::keep(simd::exp_finite(simd::load(x + c, lanes) - shift), lanes);
        })));
  }
  *scale = scale_of(sum, log);
}

LATHE_SIMD f32v soft(f32v x, f32v top, f32v scale, bool log) {
  return log ? x - top - scale : simd::exp_finite(x - top) * scale;
}

LATHE_SIMD void softmax_strip(const Strip<float>& strip, bool log) {
  Shifts shifts;
  float top = 0, scale = 0;
  const bool line = strip.is_line();
  if (line)
    find_shift(strip, log, &top, &scale);
  else
    find_shifts(strip, log, shifts);
  for (int64_t r = 0; r < strip.rows; ++r) {
    float room[kStrip], out[kStrip];
    const float* x = strip.row(r, room);
    simd::for_row(
        strip.width(r), [&](int64_t c, auto lanes) __attribute__((always_inline)) {
          const f32v t = line ? simd::set1(top) : simd::load(shifts.top + c, lanes);
          const f32v s = line ? simd::set1(scale) : simd::load(shifts.scale + c, lanes);
          simd::store(out + c, soft(simd::load(x + c, lanes), t, s, log), lanes);
        });
    strip.store_row(r, out);
  }
}

void softmax_lines(const SoftmaxLines& args, Team& team) noexcept {
  for_strips<float>(
      args,
      team, [&](const Strip<float>& strip, int64_t) __attribute__((always_inline)) { softmax_strip(strip, args.log); });
}

}  // namespace
}  // namespace lathe::cpu
