#include "ops/fill.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::Fill& op, const Launch& launch) {
  const TensorView& y = launch.outputs[0];
  int axis = static_cast<int>(op.axis < 0 ? op.axis + y.shape.rank() : op.axis);
  int64_t stride = axis >= 0 && op.step != 0 ? Strides(y.shape).of[axis] : 1;
  for (int64_t i = 0; i < y.shape.count(); ++i) {
    int64_t along = op.step != 0 ? i / stride % y.shape[axis] : 0;
    store(y, i, op.start + op.step * static_cast<double>(along));
  }
}

}  // namespace
LATHE_REFERENCE(Fill, fill, .run = run)
}  // namespace lathe::backends::reference
