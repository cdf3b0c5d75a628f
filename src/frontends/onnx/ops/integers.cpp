#include "frontends/onnx/ops/integers.h"

#include "ops/quantize.h"

namespace lathe::onnx {

using ops::BinaryKind;

ValueId centred(NodeReader& n, ValueId x, ValueId zero_point) {
  const ValueId wide = n.cast(x, DType::i32);
  if (zero_point == ir::kNone) return wide;
  return n.binary(BinaryKind::sub, wide, n.cast(zero_point, DType::i32));
}

ValueId requantized(NodeReader& n, ValueId sum, ValueId scale, ValueId y_scale, ValueId y_zero) {
  const ValueId real = n.binary(BinaryKind::mul, n.cast(sum, DType::f32), n.cast(scale, DType::f32));
  return n.add(ops::Quantize{.to = n.dtype(y_zero)}, {real, n.cast(y_scale, DType::f32), y_zero});
}

}  // namespace lathe::onnx
