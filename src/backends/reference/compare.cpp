#include "ops/compare.h"

#include "backends/reference/combine.h"
#include "backends/reference/definition.h"
#include "base/dtype.h"

namespace lathe::backends::reference {
namespace {

template <class Value>
bool holds(ops::CompareKind kind, Value a, Value b) {
  switch (kind) {
    case ops::CompareKind::equal: return a == b;
    case ops::CompareKind::not_equal: return a != b;
    case ops::CompareKind::less: return a < b;
    case ops::CompareKind::less_equal: return a <= b;
    case ops::CompareKind::greater: return a > b;
    case ops::CompareKind::greater_equal: return a >= b;
  }
  return false;
}

void run(const ops::Compare& op, const Launch& launch) {
  const TensorView &a = launch.inputs[0], &b = launch.inputs[1], &y = launch.outputs[0];
  if (is_float(a.dtype))
    combine<double>(a, b, y, [&](double p, double q) { return holds(op.kind, p, q) ? 1.0 : 0.0; });
  else if (a.dtype == DType::u64)
    combine<int64_t>(a, b, y,
                     [&](int64_t p, int64_t q) -> int64_t { return holds(op.kind, as_ordered(p), as_ordered(q)); });
  else
    combine<int64_t>(a, b, y, [&](int64_t p, int64_t q) -> int64_t { return holds(op.kind, p, q); });
}

}  // namespace
LATHE_REFERENCE(Compare, compare, .run = run)
}  // namespace lathe::backends::reference
