#include "kernels/cpu/softmax/softmax.h"

namespace lathe::cpu {

#define LATHE_SOFTMAX(type, isa) void softmax_##type##_##isa(const SoftmaxArgs& args, Team& team) noexcept;
#include "kernels/cpu/softmax/kernels.inc"
#undef LATHE_SOFTMAX

std::span<const SoftmaxKernel> softmax_kernels() {
  static constexpr SoftmaxKernel kernels[] = {
#define LATHE_SOFTMAX(type, isa) {#type "." #isa, Isa::isa, DType::type, softmax_##type##_##isa},
#include "kernels/cpu/softmax/kernels.inc"
#undef LATHE_SOFTMAX
  };
  return kernels;
}

}  // namespace lathe::cpu
