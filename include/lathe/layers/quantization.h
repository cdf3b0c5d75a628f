#pragma once
#include "lathe/network.h"

namespace lathe {

struct QuantizationOptions {
  int axis = 1;            ///< of scales [n]
  Tensor zero_point = {};  ///< of the quantized type and the shape of the scales; none: 0
};

// # quantize

/// y = saturate(round(x / scale) + zero), halves to even; `type` i8, u8, i16, u16, f8e4m3 or f8e5m2. Scales [] or [1],
/// one for all, or [n], one for each index along the axis.
LATHE_API Tensor quantize(const Tensor& x, const Tensor& scale, DType type = DType::i8,
                          const QuantizationOptions& options = {});

// # dequantize

/// y = (x - zero) scale, of the floating-point type; scales as quantize() has them.
LATHE_API Tensor dequantize(const Tensor& x, const Tensor& scale, DType type = DType::f32,
                            const QuantizationOptions& options = {});

}  // namespace lathe
