#pragma once
#include "frontends/onnx/node_reader.h"

namespace lathe::onnx {

// What products and convolutions of integers share.

/// x as i32, less its zero point, which broadcasts to it; kNone: 0.
ValueId centred(NodeReader& n, ValueId x, ValueId zero_point);
/// Integers of y_zero's type from a sum and its scale: saturate(round(sum * scale / y_scale) + y_zero).
ValueId requantized(NodeReader& n, ValueId sum, ValueId scale, ValueId y_scale, ValueId y_zero);

}  // namespace lathe::onnx
