#include "ops/softmax.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/row_math.h"

namespace lathe::backends::reference {
namespace {

int axis_of(const ops::Softmax& op, const Shape& shape) {
  return static_cast<int>(op.axis < 0 ? op.axis + shape.rank() : op.axis);
}

int64_t scratch(const ops::Softmax& op, std::span<const TensorView> in, std::span<const TensorView>) {
  return in[0].shape[axis_of(op, in[0].shape)];
}

void run(const ops::Softmax& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  int axis = axis_of(op, x.shape);
  int64_t size = x.shape[axis], inner = Strides(x.shape).of[axis];
  int64_t lines = size == 0 ? 0 : x.shape.count() / size;
  double* row = scratch_of(launch);
  for (int64_t line = 0; line < lines; ++line) {
    int64_t start = line / inner * inner * size + line % inner;
    for (int64_t i = 0; i < size; ++i) row[i] = load(x, start + i * inner);
    op.log ? log_softmax_row(row, size) : softmax_row(row, size);
    for (int64_t i = 0; i < size; ++i) store(y, start + i * inner, row[i]);
  }
}

}  // namespace
LATHE_REFERENCE(Softmax, softmax, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
