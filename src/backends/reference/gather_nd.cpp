#include "ops/gather_nd.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/indices.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::GatherNd& op, const Launch& launch) {
  const TensorView &data = launch.inputs[0], &indices = launch.inputs[1], &y = launch.outputs[0];
  const int batch = static_cast<int>(op.batch_dims);
  int64_t batches = 1, rows = 1, whole = 1, block = 1;
  for (int d = 0; d < batch; ++d) batches *= data.shape[d];
  for (int d = batch; d + 1 < indices.shape.rank(); ++d) rows *= indices.shape[d];
  for (int d = batch; d < data.shape.rank(); ++d) whole *= data.shape[d];
  for (int d = batch + static_cast<int>(indices.shape[-1]); d < data.shape.rank(); ++d) block *= data.shape[d];
  for (int64_t b = 0; b < batches; ++b)
    for (int64_t r = b * rows; r < (b + 1) * rows; ++r) {
      const int64_t at = pointed_at(indices, r, data.shape, batch, launch.fault);
      if (at < 0) return;
      copy_run(y, r * block, data, b * whole + at, block);
    }
}

}  // namespace
LATHE_REFERENCE(GatherNd, gather_nd, .run = run)
}  // namespace lathe::backends::reference
