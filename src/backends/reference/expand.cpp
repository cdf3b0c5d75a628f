#include "ops/expand.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::Expand& /*op*/, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  const Broadcast from(x.shape, y.shape);
  const int last = y.shape.rank() - 1;
  const int64_t width = y.width();
  const bool repeats = last < 0 || from.stride[last] == 0;
  for (int64_t row = 0; row < y.rows(); ++row) {
    const int64_t start = last < 0 ? 0 : locate(row, y.shape, last, from.stride);
    if (!repeats)
      copy_run(y, row * width, x, start, width);
    else
      for (int64_t i = 0; i < width; ++i) copy_run(y, row * width + i, x, start, 1);
  }
}

}  // namespace
LATHE_REFERENCE(Expand, expand, .run = run)
}  // namespace lathe::backends::reference
