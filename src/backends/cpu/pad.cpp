#include "ops/pad.h"

#include "backends/cpu/moves.h"
#include "backends/cpu/strided.h"
#include "backends/reference/elements.h"

namespace lathe::backends::cpu {
namespace {
using lathe::cpu::CopyKernel;

/// Places [from, to) along dimension d of y from those that they repeat, in runs that step evenly. `before` is where
/// the n elements of x begin.
void repeat(const CopyKernel& kernel, ops::PadMode mode, const TensorView& y, int d, int64_t from, int64_t to,
            int64_t before, int64_t n, Team& team) {
  const auto source = [&](int64_t i) { return before + ops::pad_source(mode, i - before, n); };
  for (int64_t i = from, next = 0; i < to; i = next) {
    const int64_t first = source(i), step = i + 1 < to ? source(i + 1) - first : 1;
    for (next = i + 1; next < to && source(next) - source(next - 1) == step; ++next) {}
    copy_tensor(kernel, part_of(y, d, first, next - i, step), part_of(y, d, i, next - i), team);
  }
}

/// How many elements are around x along each dimension.
struct Frame {
  Shape before, after;
};

/// Dimension by dimension, the last first: what is around x along it takes the elements of the whole last ones with it.
void fill_frame(const CopyKernel& kernel, const ops::Pad& op, const TensorView& x, const TensorView& y,
                const Frame& frame, Team& team) {
  uint64_t value = 0;
  reference::store({&value, y.dtype, {}, 1}, 0, op.value);
  for (int d = y.shape.rank() - 1; d >= 0; --d) {
    TensorView band = y;
    for (int outer = 0; outer < d; ++outer) band = part_of(band, outer, frame.before[outer], x.shape[outer]);
    const int64_t before = frame.before[d], end = before + x.shape[d];
    if (op.mode == ops::PadMode::constant) {
      fill_tensor(kernel, &value, part_of(band, d, 0, before), team);
      fill_tensor(kernel, &value, part_of(band, d, end, frame.after[d]), team);
      continue;
    }
    team.barrier();  // others have written what is repeated
    repeat(kernel, op.mode, band, d, 0, before, before, x.shape[d], team);
    repeat(kernel, op.mode, band, d, end, y.shape[d], before, x.shape[d], team);
  }
}

}  // namespace

void run_pad(const ops::Op& any, const CopyKernel& kernel, const Launch& launch, Team& team) {
  const auto& op = *any.as<ops::Pad>();
  const TensorView x = strided(launch.inputs[0]), y = strided(launch.outputs[0]);
  Frame frame;
  TensorView middle = y;
  for (int d = 0; d < y.shape.rank(); ++d) {
    const int64_t before = size_at(launch, static_cast<size_t>(d), op.before[static_cast<size_t>(d)]);
    const int64_t around = y.shape[d] - x.shape[d];
    // Sizes that were symbolic in the network show here for the first time.
    if (before < 0 || before > around)
      return launch.fault->set(ErrorCode::out_of_range, "a dimension of {} cannot be padded to {}", x.shape[d],
                               y.shape[d]);
    if (op.mode != ops::PadMode::constant && y.shape.count() > 0 && x.shape[d] == 0)
      return launch.fault->set(ErrorCode::out_of_range, "a dimension of {} has nothing to repeat", 0);
    frame.before.push_back(before);
    frame.after.push_back(around - before);
    middle = part_of(middle, d, before, x.shape[d]);
  }
  if (y.shape.count() == 0) return;
  copy_tensor(kernel, x, middle, team);
  fill_frame(kernel, op, x, y, frame, team);
}

}  // namespace lathe::backends::cpu
