#pragma once
// The kernels of kernels.inc for the instruction set that the including source is compiled for.
#include "kernels/cpu/reduce/reduce.h"
#include "kernels/cpu/simd.h"

namespace lathe::cpu {
namespace {

using namespace lathe::simd;

template <class T>
void reduce(const ReduceArgs& args, Team& team) noexcept {
  const Team::Range rows = team.share(args.rows);
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    const T* x = static_cast<const T*>(args.x) + r * args.x_stride;
    const f32v total = sum_row(
        args.n, [=](f32v a, int64_t c, auto lanes) __attribute__((always_inline)) { return a + load(x + c, lanes); });
    store(static_cast<T*>(args.y) + r, set1(sum(total) * args.scale), 1);
  }
}

}  // namespace

#define LATHE_REDUCE(type, isa)                                                \
  LATHE_ONLY_##isa(                                                            \
      void reduce_##type##_##isa(const ReduceArgs& args, Team& team) noexcept; \
      void reduce_##type##_##isa(const ReduceArgs& args, Team& team) noexcept { reduce<type>(args, team); })
#include "kernels/cpu/reduce/kernels.inc"
#undef LATHE_REDUCE

}  // namespace lathe::cpu
