#include "kernels/cpu/reduce/reduce.h"

namespace lathe::cpu {

#define LATHE_REDUCE(type, isa) void reduce_##type##_##isa(const ReduceArgs& args, Team& team) noexcept;
#include "kernels/cpu/reduce/kernels.inc"
#undef LATHE_REDUCE

std::span<const ReduceKernel> reduce_kernels() {
  static constexpr ReduceKernel kernels[] = {
#define LATHE_REDUCE(type, isa) {#type "." #isa, Isa::isa, DType::type, reduce_##type##_##isa},
#include "kernels/cpu/reduce/kernels.inc"
#undef LATHE_REDUCE
  };
  return kernels;
}

}  // namespace lathe::cpu
