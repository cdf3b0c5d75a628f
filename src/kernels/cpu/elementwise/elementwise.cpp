#include "kernels/cpu/elementwise/elementwise.h"

namespace lathe::cpu {

#define LATHE_BINARY(type, isa) void binary_##type##_##isa(const BinaryArgs& args, Team& team) noexcept;
#define LATHE_UNARY(type, isa) void unary_##type##_##isa(const UnaryArgs& args, Team& team) noexcept;
#define LATHE_CAST(from, to, isa) void cast_##from##_##to##_##isa(const CastArgs& args, Team& team) noexcept;
#include "kernels/cpu/elementwise/kernels.inc"
#undef LATHE_BINARY
#undef LATHE_UNARY
#undef LATHE_CAST

// The three registries read the same list, each its own lines.
#define LATHE_BINARY(type, isa) {#type "." #isa, Isa::isa, DType::type, binary_##type##_##isa},
#define LATHE_UNARY(type, isa)
#define LATHE_CAST(from, to, isa)
std::span<const BinaryKernel> binary_kernels() {
  static constexpr BinaryKernel kernels[] = {
#include "kernels/cpu/elementwise/kernels.inc"
  };
  return kernels;
}
#undef LATHE_BINARY
#undef LATHE_UNARY

#define LATHE_BINARY(type, isa)
#define LATHE_UNARY(type, isa) {#type "." #isa, Isa::isa, DType::type, unary_##type##_##isa},
std::span<const UnaryKernel> unary_kernels() {
  static constexpr UnaryKernel kernels[] = {
#include "kernels/cpu/elementwise/kernels.inc"
  };
  return kernels;
}
#undef LATHE_UNARY
#undef LATHE_CAST

#define LATHE_UNARY(type, isa)
#define LATHE_CAST(from, to, isa) \
  {#from "." #to "." #isa, Isa::isa, DType::from, DType::to, cast_##from##_##to##_##isa},
std::span<const CastKernel> cast_kernels() {
  static constexpr CastKernel kernels[] = {
#include "kernels/cpu/elementwise/kernels.inc"
  };
  return kernels;
}

std::optional<UnaryOp> unary_op(Activation activation) {
  switch (activation) {
    case Activation::none: return UnaryOp::copy;
    case Activation::relu: return UnaryOp::relu;
    case Activation::tanh: return UnaryOp::tanh;
    case Activation::gelu: return UnaryOp::gelu;
    case Activation::gelu_tanh: return UnaryOp::gelu_tanh;
    case Activation::sigmoid: return UnaryOp::sigmoid;
    default: return std::nullopt;
  }
}

}  // namespace lathe::cpu
