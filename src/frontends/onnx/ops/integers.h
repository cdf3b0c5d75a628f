#pragma once
#include "frontends/onnx/node_reader.h"

namespace lathe::onnx {

// What products and convolutions of integers share.

/// x as i32, less its zero point, which broadcasts to it; kNone: 0.
ValueId centred(NodeReader& n, ValueId x, ValueId zero_point);
/// Integers of y_zero's type from a sum and its scale: saturate(round(sum * scale / y_scale) + y_zero).
ValueId requantized(NodeReader& n, ValueId sum, ValueId scale, ValueId y_scale, ValueId y_zero);

/// DynamicQuantizeLinear: x as u8 by its range, which 0 is part of; scale and zero point [].
struct DynamicallyQuantized {
  ValueId y, scale, zero_point;
};
DynamicallyQuantized dynamically_quantized(NodeReader& n, ValueId x);

/// Inputs i, i + 1 and i + 2 of a node: integers, their scale and perhaps their zero point, as real numbers f32.
ValueId real(NodeReader& n, size_t i);
/// y as integers like those of zero point input i + 1, or of this type where there is none; the scale is input i.
ValueId quantized(NodeReader& n, ValueId y, size_t i, DType absent);
/// A sum of products of integers as real numbers: sum * scale of x * scale of w, f32.
ValueId rescaled(NodeReader& n, ValueId sum, ValueId x_scale, ValueId w_scale);

}  // namespace lathe::onnx
