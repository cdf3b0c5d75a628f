#pragma once
#include <cstdint>

namespace lathe {

/// Functions that a product's epilogue may apply. gelu is 0.5 x (1 + erf(x / sqrt 2)), gelu_tanh its tanh form.
enum class Activation : uint8_t { none, relu, tanh, gelu, gelu_tanh };

}  // namespace lathe
