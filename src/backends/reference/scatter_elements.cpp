#include "ops/scatter_elements.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/indices.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::ScatterElements& op, const Launch& launch) {
  const TensorView &data = launch.inputs[0], &indices = launch.inputs[1], &updates = launch.inputs[2],
                   &y = launch.outputs[0];
  const int axis = static_cast<int>(op.axis < 0 ? op.axis + data.shape.rank() : op.axis);
  copy_run(y, 0, data, 0, y.shape.count());
  for (int64_t i = 0; i < indices.shape.count(); ++i) {
    const int64_t along = checked_index(load_integer(indices, i), data.shape[axis], launch.fault);
    const int64_t to = along < 0 ? -1 : along_axis(i, indices.shape, data.shape, axis, along, launch.fault);
    if (to < 0) return;
    scatter(op.reduction, y, to, updates, i);
  }
}

}  // namespace
LATHE_REFERENCE(ScatterElements, scatter_elements, .run = run)
}  // namespace lathe::backends::reference
