#include "ops/gather.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::Gather& op, const Launch& launch) {
  const TensorView &data = launch.inputs[0], &indices = launch.inputs[1], &y = launch.outputs[0];
  int axis = static_cast<int>(op.axis < 0 ? op.axis + data.shape.rank() : op.axis);
  int64_t outer = 1, size = data.shape[axis], block = 1, count = indices.shape.count();
  for (int d = 0; d < axis; ++d) outer *= data.shape[d];
  for (int d = axis + 1; d < data.shape.rank(); ++d) block *= data.shape[d];
  for (int64_t i = 0; i < count; ++i) {
    const int64_t given = load_integer(indices, i), index = given < 0 && op.from_end ? given + size : given;
    if (index < 0 || index >= size) {
      launch.fault->set(ErrorCode::out_of_range, "id {} is outside the table of {} rows", given, size);
      return;
    }
    for (int64_t o = 0; o < outer; ++o) copy_run(y, (o * count + i) * block, data, (o * size + index) * block, block);
  }
}

}  // namespace
LATHE_REFERENCE(Gather, gather, .run = run)
}  // namespace lathe::backends::reference
