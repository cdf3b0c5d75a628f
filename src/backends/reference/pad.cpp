#include "ops/pad.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::Pad& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  const int rank = y.shape.rank();
  const Strides strides(y.shape);
  int64_t origin = 0;
  for (int d = 0; d < rank; ++d) {
    const int64_t before = size_at(launch, static_cast<size_t>(d), op.before[static_cast<size_t>(d)]);
    // Sizes that were symbolic in the network show here for the first time.
    if (before < 0 || before > y.shape[d] - x.shape[d]) {
      launch.fault->set(ErrorCode::out_of_range, "a dimension of {} cannot be padded to {}", x.shape[d], y.shape[d]);
      return;
    }
    origin += before * strides.of[d];
  }
  for (int64_t i = 0; i < y.shape.count(); ++i) store(y, i, op.value);
  const int64_t width = x.width();
  for (int64_t row = 0; row < x.rows(); ++row)
    copy_run(y, origin + locate(row, x.shape, rank - 1, strides.of), x, row * width, width);
}

}  // namespace
LATHE_REFERENCE(Pad, pad, .run = run)
}  // namespace lathe::backends::reference
