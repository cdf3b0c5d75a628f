#pragma once
// The kernels of kernels.inc for the instruction set that the including source is compiled for.
#include "kernels/cpu/layernorm/layernorm.h"
#include "kernels/cpu/layernorm/normalize_row.h"

namespace lathe::cpu {
namespace {

using namespace lathe::simd;

template <class T>
void layernorm(const LayerNormArgs& args, Team& team) noexcept {
  const Team::Range rows = team.share(args.rows);
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    const T* x = static_cast<const T*>(args.x) + r * args.x_stride;
    T* y = static_cast<T*>(args.y) + r * args.y_stride;
    if (args.residual == nullptr) {
      auto load_x = [=](int64_t c, auto lanes) __attribute__((always_inline)) { return load(x + c, lanes); };
      normalize_row(load_x, args.n, args.gamma, args.beta, args.epsilon, y);
    } else {
      const T* residual = static_cast<const T*>(args.residual) + r * args.residual_stride;
      auto load_sum = [=](int64_t c, auto lanes) __attribute__((always_inline)) {
        return load(x + c, lanes) + load(residual + c, lanes);
      };
      normalize_row(load_sum, args.n, args.gamma, args.beta, args.epsilon, y);
    }
  }
}

}  // namespace

#define LATHE_LAYERNORM(type, isa)                                                   \
  LATHE_ONLY_##isa(                                                                  \
      void layernorm_##type##_##isa(const LayerNormArgs& args, Team& team) noexcept; \
      void layernorm_##type##_##isa(const LayerNormArgs& args, Team& team) noexcept { layernorm<type>(args, team); })
#include "kernels/cpu/layernorm/kernels.inc"
#undef LATHE_LAYERNORM

}  // namespace lathe::cpu
