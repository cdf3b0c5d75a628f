#include "ops/quantize.h"

#include <cmath>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/scales.h"

namespace lathe::backends::reference {
namespace {

/// From where on rounding leaves the numbers that a type has; a tie goes to the even one.
bool leaves(DType type, double x) { return type == DType::f8e4m3 ? std::abs(x) > 464 : std::abs(x) >= 61440; }

/// An 8-bit float that does not saturate.
void store_unsaturated(const TensorView& y, int64_t i, double x) {
  if (!leaves(y.dtype, x)) return store(y, i, x);
  TensorView bits = y;
  bits.dtype = DType::u8;
  const int64_t sign = std::signbit(x) ? 0x80 : 0;
  store_integer(bits, i, sign | (y.dtype == DType::f8e4m3 ? 0x7f : 0x7c));
}

void run(const ops::Quantize& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &scale = launch.inputs[1], &y = launch.outputs[0];
  const Scales scales(x.shape, scale.shape, op.axis, op.block_size);
  for (int64_t i = 0; i < y.shape.count(); ++i) {
    const int64_t at = scales.index(i);
    const double quotient = static_cast<float>(load(x, i) / load(scale, at));
    if (is_float(y.dtype)) {
      op.saturate ? store(y, i, quotient) : store_unsaturated(y, i, quotient);
      continue;
    }
    const double zero = launch.inputs.size() > 2 ? load(launch.inputs[2], at) : 0;
    store(y, i, std::nearbyint(quotient) + zero);
  }
}

}  // namespace
LATHE_REFERENCE(Quantize, quantize, .run = run)
}  // namespace lathe::backends::reference
