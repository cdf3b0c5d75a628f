#include "kernels/cpu/pool/pool.h"

namespace lathe::cpu {

#define LATHE_POOL(isa) void pool_##isa(const PoolArgs& args, Team& team) noexcept;
#include "kernels/cpu/pool/kernels.inc"
#undef LATHE_POOL

std::span<const PoolKernel> pool_kernels() {
  static constexpr PoolKernel kernels[] = {
#define LATHE_POOL(isa) {"f32." #isa, Isa::isa, pool_##isa},
#include "kernels/cpu/pool/kernels.inc"
#undef LATHE_POOL
  };
  return kernels;
}

}  // namespace lathe::cpu
