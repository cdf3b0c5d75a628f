#include "kernels/cpu/rotary/rotary.h"

namespace lathe::cpu {

#define LATHE_ROTARY(type, isa) void rotary_##type##_##isa(const RotaryArgs& args, Team& team) noexcept;
#include "kernels/cpu/rotary/kernels.inc"
#undef LATHE_ROTARY

std::span<const RotaryKernel> rotary_kernels() {
  static constexpr RotaryKernel kernels[] = {
#define LATHE_ROTARY(type, isa) {#type "." #isa, Isa::isa, DType::type, rotary_##type##_##isa},
#include "kernels/cpu/rotary/kernels.inc"
#undef LATHE_ROTARY
  };
  return kernels;
}

}  // namespace lathe::cpu
