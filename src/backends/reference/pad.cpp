#include "ops/pad.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

/// The element of x that stands at index i of y; -1: none.
int64_t source_of(ops::PadMode mode, int64_t i, const Shape& x, const Shape& y, const int64_t* before) {
  const Strides strides(x);
  int64_t at = 0;
  for (int d = y.rank() - 1; d >= 0; i /= y[d--]) {
    const int64_t place = ops::pad_source(mode, i % y[d] - before[d], x[d]);
    if (place < 0) return -1;
    at += place * strides.of[d];
  }
  return at;
}

void run(const ops::Pad& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  const int64_t count = y.shape.count();
  int64_t before[Shape::kMaxRank] = {};
  for (int d = 0; d < y.shape.rank(); ++d) {
    before[d] = size_at(launch, static_cast<size_t>(d), op.before[static_cast<size_t>(d)]);
    // Sizes that were symbolic in the network show here for the first time.
    if (before[d] < 0 || before[d] > y.shape[d] - x.shape[d])
      return launch.fault->set(ErrorCode::out_of_range, "a dimension of {} cannot be padded to {}", x.shape[d],
                               y.shape[d]);
    if (op.mode != ops::PadMode::constant && count > 0 && x.shape[d] == 0)
      return launch.fault->set(ErrorCode::out_of_range, "a dimension of {} has nothing to repeat", 0);
  }
  for (int64_t i = 0; i < count; ++i) {
    const int64_t from = source_of(op.mode, i, x.shape, y.shape, before);
    if (from < 0)
      store(y, i, op.value);
    else
      copy_run(y, i, x, from, 1);
  }
}

}  // namespace
LATHE_REFERENCE(Pad, pad, .run = run)
}  // namespace lathe::backends::reference
