#include "frontends/onnx/ops/integers.h"

#include <numeric>

#include "ops/compare.h"
#include "ops/dequantize.h"
#include "ops/quantize.h"
#include "ops/where.h"

namespace lathe::onnx {

using ops::BinaryKind;
using ops::ReduceKind;

ValueId centred(NodeReader& n, ValueId x, ValueId zero_point) {
  const ValueId wide = n.cast(x, DType::i32);
  if (zero_point == ir::kNone) return wide;
  return n.binary(BinaryKind::sub, wide, n.cast(zero_point, DType::i32));
}

ValueId requantized(NodeReader& n, ValueId sum, ValueId scale, ValueId y_scale, ValueId y_zero) {
  const ValueId real = n.binary(BinaryKind::mul, n.cast(sum, DType::f32), n.cast(scale, DType::f32));
  return n.add(ops::Quantize{.to = n.dtype(y_zero)}, {real, n.cast(y_scale, DType::f32), y_zero});
}

DynamicallyQuantized dynamically_quantized(NodeReader& n, ValueId x) {
  const ValueId zero = n.scalar(0, DType::f32);
  std::vector<int64_t> all(static_cast<size_t>(n.rank(x)));
  std::iota(all.begin(), all.end(), int64_t{0});
  const ValueId low = n.binary(BinaryKind::min, n.reduce(ReduceKind::min, x, all, false), zero),
                high = n.binary(BinaryKind::max, n.reduce(ReduceKind::max, x, all, false), zero);
  // Of zeros alone the scale is 1.
  const ValueId is_zero = n.add(ops::Compare{ops::CompareKind::equal}, {low, high});
  const ValueId scale = n.add(ops::Where{}, {is_zero, n.scalar(1, DType::f32),
                                             n.by_number(BinaryKind::div, n.binary(BinaryKind::sub, high, low), 255)});
  ValueId place =
      n.unary(ops::UnaryKind::round, n.binary(BinaryKind::div, n.binary(BinaryKind::sub, zero, low), scale));
  place = n.by_number(BinaryKind::min, n.by_number(BinaryKind::max, place, 0), 255);
  const ValueId zero_point = n.cast(place, DType::u8);
  return {n.add(ops::Quantize{.to = DType::u8}, {x, scale, zero_point}), scale, zero_point};
}

ValueId real(NodeReader& n, size_t i) {
  std::vector<ValueId> inputs = {n.in(i), n.in(i + 1)};
  if (n.has(i + 2)) inputs.push_back(n.reshape(n.in(i + 2), n.shape(inputs[1])));
  return n.add(ops::Dequantize{.to = DType::f32}, inputs);
}

ValueId quantized(NodeReader& n, ValueId y, size_t i, DType absent) {
  std::vector<ValueId> inputs = {y, n.in(i)};
  if (n.has(i + 1)) inputs.push_back(n.reshape(n.in(i + 1), n.shape(inputs[1])));
  return n.add(ops::Quantize{.to = n.has(i + 1) ? n.dtype(n.in(i + 1)) : absent}, inputs);
}

ValueId rescaled(NodeReader& n, ValueId sum, ValueId x_scale, ValueId w_scale) {
  return n.binary(BinaryKind::mul, n.cast(sum, DType::f32), n.binary(BinaryKind::mul, x_scale, w_scale));
}

}  // namespace lathe::onnx
