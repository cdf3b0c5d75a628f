#include "ops/gather_elements.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/indices.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::GatherElements& op, const Launch& launch) {
  const TensorView &data = launch.inputs[0], &indices = launch.inputs[1], &y = launch.outputs[0];
  const int axis = static_cast<int>(op.axis < 0 ? op.axis + data.shape.rank() : op.axis);
  for (int64_t i = 0; i < y.shape.count(); ++i) {
    const int64_t along = checked_index(load_integer(indices, i), data.shape[axis], launch.fault);
    const int64_t from = along < 0 ? -1 : along_axis(i, indices.shape, data.shape, axis, along, launch.fault);
    if (from < 0) return;
    copy_run(y, i, data, from, 1);
  }
}

}  // namespace
LATHE_REFERENCE(GatherElements, gather_elements, .run = run)
}  // namespace lathe::backends::reference
