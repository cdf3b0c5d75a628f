#include "kernels/cpu/pointwise/pointwise.h"

namespace lathe::cpu {

#define LATHE_POINTWISE(isa) void pointwise_##isa(const PointwiseArgs& args, Team& team) noexcept;
#include "kernels/cpu/pointwise/kernels.inc"
#undef LATHE_POINTWISE

std::span<const PointwiseKernel> pointwise_kernels() {
  static constexpr PointwiseKernel kernels[] = {
#define LATHE_POINTWISE(isa) {"program." #isa, Isa::isa, pointwise_##isa},
#include "kernels/cpu/pointwise/kernels.inc"
#undef LATHE_POINTWISE
  };
  return kernels;
}

std::optional<PointwiseOp> find_pointwise_op(std::string_view name) {
  static constexpr std::string_view names[] = {
#define LATHE_OP1(op) #op,
#define LATHE_OP2(op) #op,
#define LATHE_COMPARE(op) #op,
#define LATHE_ACT(op) #op,
#include "kernels/cpu/pointwise/ops.inc"
#undef LATHE_OP1
#undef LATHE_OP2
#undef LATHE_COMPARE
#undef LATHE_ACT
      "where", "cast"};
  for (size_t i = 0; i < std::size(names); ++i) {
    std::string_view known = names[i];
    if (known.ends_with('_')) known.remove_suffix(1);
    if (known == name) return static_cast<PointwiseOp>(i);
  }
  return std::nullopt;
}

}  // namespace lathe::cpu
