#pragma once
// The kernels of kernels.inc for the instruction set that the including source is compiled for.
#include "kernels/cpu/simd_math.h"
#include "kernels/cpu/softmax/softmax.h"

namespace lathe::cpu {
namespace {

using namespace lathe::simd;

template <class T>
void softmax(const SoftmaxArgs& args, Team& team) noexcept {
  const Team::Range rows = team.share(args.rows);
  const f32v scale = set1(args.scale), lowest = set1(-__builtin_inff());
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    const T* x = static_cast<const T*>(args.x) + r * args.x_stride;
    T* y = static_cast<T*>(args.y) + r * args.y_stride;
    f32v top = lowest;
    for_row(
        args.n, [&](int64_t c, auto lanes) __attribute__((always_inline)) {
          top = max(top, keep(load(x + c, lanes) * scale, lanes, lowest));
        });
    const float largest = max_of(top);
    if (largest == -__builtin_inff()) {
      // Nothing but -inf gives zeros; a NaN, which the maximum may have passed over, is everybody's.
      const f32v sum_of_nans = sum_row(
          args.n, [=](f32v a, int64_t c, auto lanes) __attribute__((always_inline)) {
            const f32v v = keep(load(x + c, lanes), lanes);
            return a + select(is_nan(v), v, zero());
          });
      const f32v all = set1(sum(sum_of_nans));
      for_row(
          args.n, [=](int64_t c, auto lanes) __attribute__((always_inline)) { store(y + c, all, lanes); });
      continue;
    }
    const f32v m = set1(largest);
    auto weight = [=](int64_t c, auto lanes) __attribute__((always_inline)) {
      return exp_finite(fms(load(x + c, lanes), scale, m));
    };
    f32v total = sum_row(
        args.n, [=](f32v a, int64_t c, auto lanes)
                    __attribute__((always_inline)) { return a + keep(weight(c, lanes), lanes); });
    const f32v inverse = set1(1.0f / sum(total));
    for_row(
        args.n, [=](int64_t c, auto lanes)
                    __attribute__((always_inline)) { store(y + c, weight(c, lanes) * inverse, lanes); });
  }
}

}  // namespace

#define LATHE_SOFTMAX(type, isa)                                                 \
  LATHE_ONLY_##isa(                                                              \
      void softmax_##type##_##isa(const SoftmaxArgs& args, Team& team) noexcept; \
      void softmax_##type##_##isa(const SoftmaxArgs& args, Team& team) noexcept { softmax<type>(args, team); })
#include "kernels/cpu/softmax/kernels.inc"
#undef LATHE_SOFTMAX

}  // namespace lathe::cpu
