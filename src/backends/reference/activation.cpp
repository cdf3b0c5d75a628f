#include "ops/activation.h"

#include <algorithm>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/row_math.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::Act& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  double values[kChunk];
  int64_t count = y.shape.count();
  for (int64_t at = 0; at < count; at += kChunk) {
    int64_t n = std::min(kChunk, count - at);
    load_run(x, at, n, values);
    for (int64_t i = 0; i < n; ++i) values[i] = activate(op.kind, op.alpha, op.beta, values[i]);
    store_run(y, at, n, values);
  }
}

}  // namespace
LATHE_REFERENCE(Act, activation, .run = run)
}  // namespace lathe::backends::reference
