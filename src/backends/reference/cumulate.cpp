#include "ops/cumulate.h"

#include "backends/reference/definition.h"
#include "backends/reference/order.h"

namespace lathe::backends::reference {
namespace {

double join(ops::CumulateKind kind, double a, double b) { return kind == ops::CumulateKind::sum ? a + b : a * b; }

/// Integers wrap around.
int64_t join(ops::CumulateKind kind, int64_t a, int64_t b) {
  const auto x = static_cast<uint64_t>(a), y = static_cast<uint64_t>(b);
  return static_cast<int64_t>(kind == ops::CumulateKind::sum ? x + y : x * y);
}

template <class Value>
void cumulate(const ops::Cumulate& op, const TensorView& x, const TensorView& y) {
  const Lines lines(x.shape, op.axis);
  for (int64_t line = 0; line < lines.count; ++line) {
    Value so_far = op.kind == ops::CumulateKind::sum ? 0 : 1;
    for (int64_t i = 0; i < lines.size; ++i) {
      const int64_t at = lines.start(line) + (op.reverse ? lines.size - 1 - i : i) * lines.step;
      Value value = 0;
      load_run(x, at, 1, &value);
      const Value before = so_far;
      so_far = join(op.kind, so_far, value);
      store_run(y, at, 1, op.exclusive ? &before : &so_far);
    }
  }
}

void run(const ops::Cumulate& op, const Launch& launch) {
  if (is_float(launch.inputs[0].dtype))
    cumulate<double>(op, launch.inputs[0], launch.outputs[0]);
  else
    cumulate<int64_t>(op, launch.inputs[0], launch.outputs[0]);
}

}  // namespace
LATHE_REFERENCE(Cumulate, cumulate, .run = run)
}  // namespace lathe::backends::reference
