#include "kernels/cpu/copy/copy.h"

namespace lathe::cpu {

#define LATHE_COPY(isa) void copy_##isa(const CopyArgs& args, Team& team) noexcept;
#include "kernels/cpu/copy/kernels.inc"
#undef LATHE_COPY

std::span<const CopyKernel> copy_kernels() {
  static constexpr CopyKernel kernels[] = {
#define LATHE_COPY(isa) {"strided." #isa, Isa::isa, copy_##isa},
#include "kernels/cpu/copy/kernels.inc"
#undef LATHE_COPY
  };
  return kernels;
}

}  // namespace lathe::cpu
