#include "kernels/cpu/layernorm/layernorm.h"

namespace lathe::cpu {

#define LATHE_LAYERNORM(x, residual, y, isa) \
  void layernorm_##x##_##residual##_##y##_##isa(const LayerNormArgs& args, Team& team) noexcept;
#include "kernels/cpu/layernorm/kernels.inc"
#undef LATHE_LAYERNORM

std::span<const LayerNormKernel> layernorm_kernels() {
  static constexpr LayerNormKernel kernels[] = {
#define LATHE_LAYERNORM(x, residual, y, isa)                                               \
  {#x "." #residual "." #y "." #isa,        Isa::isa, DType::x, DType::residual, DType::y, \
   layernorm_##x##_##residual##_##y##_##isa},
#include "kernels/cpu/layernorm/kernels.inc"
#undef LATHE_LAYERNORM
  };
  return kernels;
}

}  // namespace lathe::cpu
