#include "ops/dequantize.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/scales.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::Dequantize& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &scale = launch.inputs[1], &y = launch.outputs[0];
  const Scales scales(x.shape, scale.shape, op.axis, op.block_size);
  for (int64_t i = 0; i < y.shape.count(); ++i) {
    const int64_t at = scales.index(i);
    const double zero = launch.inputs.size() > 2 ? load(launch.inputs[2], at) : 0;
    store(y, i, (load(x, i) - zero) * load(scale, at));
  }
}

}  // namespace
LATHE_REFERENCE(Dequantize, dequantize, .run = run)
}  // namespace lathe::backends::reference
