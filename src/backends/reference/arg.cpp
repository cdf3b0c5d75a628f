#include "ops/arg.h"

#include <cmath>

#include "backends/reference/definition.h"
#include "backends/reference/order.h"

namespace lathe::backends::reference {
namespace {

/// Whether element a of x is preferred to b.
bool beats(const ops::Arg& op, const TensorView& x, int64_t a, int64_t b) {
  int by = order(x, a, b);
  const bool nan = is_float(x.dtype) && (std::isnan(load(x, a)) || std::isnan(load(x, b)));
  if (op.kind == ops::ArgKind::min && !nan) by = -by;
  return by > 0 || (by == 0 && op.last);
}

void run(const ops::Arg& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  const Lines lines(x.shape, op.axis);
  if (lines.size == 0 && lines.count > 0)
    return launch.fault->set(ErrorCode::out_of_range,
                             "an axis without elements has neither a largest nor a smallest one");
  for (int64_t line = 0; line < lines.count; ++line) {
    const int64_t start = lines.start(line);
    int64_t best = 0;
    for (int64_t i = 1; i < lines.size; ++i)
      if (beats(op, x, start + i * lines.step, start + best * lines.step)) best = i;
    store_integer(y, line, best);
  }
}

}  // namespace
LATHE_REFERENCE(Arg, arg, .run = run)
}  // namespace lathe::backends::reference
