#include "api/adder.h"
#include "lathe/layers/quantization.h"
#include "ops/dequantize.h"
#include "ops/quantize.h"

namespace lathe {
namespace {

using api::Adder;

Tensor scaled(Adder& n, ops::Op op, const Tensor& x, const Tensor& scale, const Tensor& zero_point) {
  std::vector<ir::ValueId> inputs = {n.in(x), n.in(scale)};
  if (zero_point) inputs.push_back(n.in(zero_point));
  return n.out(n.add(std::move(op), inputs));
}

/// Of a scale for all the axis says nothing.
int64_t axis_in(Adder& n, const Tensor& x, const Tensor& scale, int axis) {
  return scale.rank() == 0 || x.rank() == 0 ? 0 : n.axis_of(axis, x.rank());
}

}  // namespace

Tensor quantize(const Tensor& x, const Tensor& scale, DType type, const QuantizationOptions& options) {
  Adder n("quantize", {x, scale, options.zero_point});
  const ops::Quantize op{.to = type, .axis = axis_in(n, x, scale, options.axis)};
  return scaled(n, op, x, scale, options.zero_point);
}

Tensor dequantize(const Tensor& x, const Tensor& scale, DType type, const QuantizationOptions& options) {
  Adder n("dequantize", {x, scale, options.zero_point});
  const ops::Dequantize op{.to = type, .axis = axis_in(n, x, scale, options.axis)};
  return scaled(n, op, x, scale, options.zero_point);
}

}  // namespace lathe
