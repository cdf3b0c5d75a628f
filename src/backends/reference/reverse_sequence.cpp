#include "ops/reverse_sequence.h"

#include "backends/reference/definition.h"
#include "backends/reference/order.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::ReverseSequence& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &lengths = launch.inputs[1], &y = launch.outputs[0];
  const Lines lines(x.shape, op.time_axis);
  const int batch = static_cast<int>(op.batch_axis < 0 ? op.batch_axis + x.shape.rank() : op.batch_axis);
  const int64_t step = Strides(x.shape).of[batch];
  for (int64_t b = 0; b < x.shape[batch]; ++b)
    if (const int64_t length = load_integer(lengths, b); length < 0 || length > lines.size)
      return launch.fault->set(ErrorCode::out_of_range, "a length of {} in sequences of {}", length, lines.size);
  for (int64_t line = 0; line < lines.count; ++line) {
    const int64_t start = lines.start(line), length = load_integer(lengths, start / step % x.shape[batch]);
    for (int64_t i = 0; i < lines.size; ++i)
      copy_run(y, start + i * lines.step, x, start + (i < length ? length - 1 - i : i) * lines.step, 1);
  }
}

}  // namespace
LATHE_REFERENCE(ReverseSequence, reverse_sequence, .run = run)
}  // namespace lathe::backends::reference
