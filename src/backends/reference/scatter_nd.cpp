#include "ops/scatter_nd.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/indices.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::ScatterNd& op, const Launch& launch) {
  const TensorView &data = launch.inputs[0], &indices = launch.inputs[1], &updates = launch.inputs[2],
                   &y = launch.outputs[0];
  int64_t rows = 1, block = 1;
  for (int d = 0; d + 1 < indices.shape.rank(); ++d) rows *= indices.shape[d];
  for (int d = static_cast<int>(indices.shape[-1]); d < data.shape.rank(); ++d) block *= data.shape[d];
  copy_run(y, 0, data, 0, y.shape.count());
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t at = pointed_at(indices, r, data.shape, 0, launch.fault);
    if (at < 0) return;
    for (int64_t i = 0; i < block; ++i) scatter(op.reduction, y, at + i, updates, r * block + i);
  }
}

}  // namespace
LATHE_REFERENCE(ScatterNd, scatter_nd, .run = run)
}  // namespace lathe::backends::reference
