#include "ops/slice.h"

#include <algorithm>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::Slice& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  int rank = y.shape.rank();
  Strides own(x.shape);
  int64_t stride[Shape::kMaxRank] = {}, origin = 0, last_step = 1;
  if (y.shape.count() == 0) return;
  for (int d = 0; d < rank; ++d) {
    auto i = static_cast<size_t>(d);
    int64_t first = size_at(launch, i, op.start[i]), step = op.stride.empty() ? 1 : op.stride[i];
    int64_t last = saturating_add(first, saturating_mul(y.shape[d] - 1, step));
    // Sizes that were symbolic in the network show here for the first time.
    if (std::min(first, last) < 0 || std::max(first, last) >= x.shape[d]) {
      launch.fault->set(ErrorCode::out_of_range, "a slice reads element {} of a dimension of {}",
                        first < 0 || first >= x.shape[d] ? first : last, x.shape[d]);
      return;
    }
    origin += first * own.of[d];
    stride[d] = y.shape[d] > 1 ? step * own.of[d] : 0;  // where nothing is stepped over the step may be any
    last_step = step;
  }
  int64_t width = y.width();
  for (int64_t row = 0; row < y.rows(); ++row) {
    int64_t from = origin + (rank == 0 ? 0 : locate(row, y.shape, rank - 1, stride));
    if (last_step == 1)
      copy_run(y, row * width, x, from, width);
    else
      for (int64_t i = 0; i < width; ++i) copy_run(y, row * width + i, x, from + i * last_step, 1);
  }
}

}  // namespace
LATHE_REFERENCE(Slice, slice, .run = run)
}  // namespace lathe::backends::reference
