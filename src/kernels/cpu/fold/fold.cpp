#include "kernels/cpu/fold/fold.h"

namespace lathe::cpu {

#define LATHE_FOLD(isa) void fold_##isa(const FoldArgs& args, Team& team) noexcept;
#include "kernels/cpu/fold/kernels.inc"
#undef LATHE_FOLD

std::span<const FoldKernel> fold_kernels() {
  static constexpr FoldKernel kernels[] = {
#define LATHE_FOLD(isa) {"fold." #isa, Isa::isa, fold_##isa},
#include "kernels/cpu/fold/kernels.inc"
#undef LATHE_FOLD
  };
  return kernels;
}

}  // namespace lathe::cpu
