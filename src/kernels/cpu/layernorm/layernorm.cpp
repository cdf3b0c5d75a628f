#include "kernels/cpu/layernorm/layernorm.h"

namespace lathe::cpu {

#define LATHE_LAYERNORM(type, isa) void layernorm_##type##_##isa(const LayerNormArgs& args, Team& team) noexcept;
#include "kernels/cpu/layernorm/kernels.inc"
#undef LATHE_LAYERNORM

std::span<const LayerNormKernel> layernorm_kernels() {
  static constexpr LayerNormKernel kernels[] = {
#define LATHE_LAYERNORM(type, isa) {#type "." #isa, Isa::isa, DType::type, layernorm_##type##_##isa},
#include "kernels/cpu/layernorm/kernels.inc"
#undef LATHE_LAYERNORM
  };
  return kernels;
}

}  // namespace lathe::cpu
