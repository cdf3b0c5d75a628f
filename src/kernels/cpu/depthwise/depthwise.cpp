#include "kernels/cpu/depthwise/depthwise.h"

namespace lathe::cpu {

#define LATHE_DEPTHWISE(isa) void depthwise_##isa(const DepthwiseArgs& args, Team& team) noexcept;
#include "kernels/cpu/depthwise/kernels.inc"
#undef LATHE_DEPTHWISE

std::span<const DepthwiseKernel> depthwise_kernels() {
  static constexpr DepthwiseKernel kernels[] = {
#define LATHE_DEPTHWISE(isa) {"depthwise.f32." #isa, Isa::isa, depthwise_##isa},
#include "kernels/cpu/depthwise/kernels.inc"
#undef LATHE_DEPTHWISE
  };
  return kernels;
}

}  // namespace lathe::cpu
