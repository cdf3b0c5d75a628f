#include "ops/layer_norm.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/row_math.h"

namespace lathe::backends::reference {
namespace {

int64_t scratch(const ops::LayerNorm&, std::span<const TensorView> in, std::span<const TensorView>) {
  return in[0].width();
}

void run(const ops::LayerNorm& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  size_t gamma = op.residual ? 2 : 1;
  int64_t width = y.width();
  double* row = scratch_of(launch);
  for (int64_t i = 0; i < y.rows(); ++i) {
    load_run(x, i * width, width, row);
    if (op.residual) add_scaled(1, launch.inputs[1], i * width, width, row);
    normalize_row(row, width, op.epsilon, launch.inputs[gamma], launch.inputs[gamma + 1]);
    store_run(y, i * width, width, row);
  }
}

}  // namespace
LATHE_REFERENCE(LayerNorm, layer_norm, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
