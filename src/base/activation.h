#pragma once
#include <cstdint>

namespace lathe {

/// Functions of one number, some with parameters alpha and beta; ops/activation.h has their formulas.
enum class Activation : uint8_t {
  none,
  relu,
  tanh,
  gelu,
  gelu_tanh,
  sigmoid,
  silu,
  softplus,
  softsign,
  elu,
  selu,
  celu,
  leaky_relu,
  thresholded_relu,
  clip,
  hard_sigmoid,
  hard_swish,
  scaled_tanh,
  mish
};

/// Whether kernels of products apply it to their results: with_activation() in kernels/cpu/simd_math.h lists the same.
constexpr bool is_epilogue_activation(Activation activation) {
  switch (activation) {
    case Activation::none:
    case Activation::relu:
    case Activation::tanh:
    case Activation::gelu:
    case Activation::gelu_tanh:
    case Activation::sigmoid:
    case Activation::silu:
    case Activation::clip:
    case Activation::leaky_relu:
    case Activation::hard_sigmoid:
    case Activation::hard_swish: return true;
    default: return false;
  }
}

}  // namespace lathe
