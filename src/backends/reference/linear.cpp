#include "ops/linear.h"

#include <algorithm>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/row_math.h"

namespace lathe::backends::reference {
namespace {

/// Scratch: a row of x, a row of y.
int64_t scratch(const ops::Linear&, std::span<const TensorView> in, std::span<const TensorView> out) {
  return in[0].width() + out[0].width();
}

void run(const ops::Linear& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &w = launch.inputs[1], &y = launch.outputs[0];
  int64_t k = x.width(), n = y.width();
  double *features = scratch_of(launch), *row = features + k;
  for (int64_t i = 0; i < y.rows(); ++i) {
    load_run(x, i * k, k, features);
    std::fill(row, row + n, 0.0);
    if (op.transposed)
      for (int64_t j = 0; j < n; ++j) row[j] = dot(features, w, j * k, k);
    else
      for (int64_t j = 0; j < k; ++j) add_scaled(features[j], w, j * n, n, row);
    apply_epilogue(op.epilogue, launch.inputs.data() + 2, i, row, n);
    store_run(y, i * n, n, row);
  }
}

}  // namespace
LATHE_REFERENCE(Linear, linear, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
