#include "backends/cpu/moves.h"
#include "backends/cpu/strided.h"
#include "backends/reference/elements.h"
#include "ops/fill.h"
#include "ops/range.h"
#include "ops/reverse_sequence.h"

namespace lathe::backends::cpu {
namespace {
using lathe::cpu::CopyKernel;

int axis_in(int64_t axis, const TensorView& y) { return static_cast<int>(axis < 0 ? axis + y.shape.rank() : axis); }

void fill_with(const CopyKernel& kernel, double value, const TensorView& y, Team& team) {
  uint64_t bytes = 0;
  reference::store({&bytes, y.dtype, {}, 1}, 0, value);
  fill_tensor(kernel, &bytes, y, team);
}

}  // namespace

void run_fill(const ops::Op& any, const CopyKernel& kernel, const Launch& launch, Team& team) {
  const auto& op = *any.as<ops::Fill>();
  const TensorView y = strided(launch.outputs[0]);
  if (op.step == 0) return fill_with(kernel, op.start, y, team);
  const int axis = axis_in(op.axis, y);
  for (int64_t i = 0; i < y.shape[axis]; ++i)
    fill_with(kernel, op.start + op.step * static_cast<double>(i), part_of(y, axis, i, 1), team);
}

void run_range(const ops::Op& any, const CopyKernel&, const Launch& launch, Team& team) {
  const auto& op = *any.as<ops::Range>();
  const TensorView& y = launch.outputs[0];
  const int64_t start = size_at(launch, 0, op.start);
  const Team::Range share = team.share(y.shape[0]);
  for (int64_t i = share.begin; i < share.end; ++i)
    reference::store_integer(y, i, saturating_add(start, saturating_mul(op.step, i)));
}

/// Each batch item is two copies: what is turned round, and what stays.
void run_reverse_sequence(const ops::Op& any, const CopyKernel& kernel, const Launch& launch, Team& team) {
  const auto& op = *any.as<ops::ReverseSequence>();
  const TensorView x = strided(launch.inputs[0]), lengths = strided(launch.inputs[1]), y = strided(launch.outputs[0]);
  const int time = axis_in(op.time_axis, y), batch = axis_in(op.batch_axis, y);
  const int64_t size = y.shape[time];
  for (int64_t b = 0; b < y.shape[batch]; ++b)
    if (const int64_t length = reference::load_integer(lengths, b); length < 0 || length > size)
      return launch.fault->set(ErrorCode::out_of_range, "a length of {} in sequences of {}", length, size);
  for (int64_t b = 0; b < y.shape[batch]; ++b) {
    const TensorView from = part_of(x, batch, b, 1), to = part_of(y, batch, b, 1);
    const int64_t length = reference::load_integer(lengths, b);
    if (length > 0)
      copy_tensor(kernel, part_of(from, time, length - 1, length, -1), part_of(to, time, 0, length), team);
    if (length < size)
      copy_tensor(kernel, part_of(from, time, length, size - length), part_of(to, time, length, size - length), team);
  }
}

}  // namespace lathe::backends::cpu
