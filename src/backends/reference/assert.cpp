#include "ops/assert.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::Assert&, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  for (int64_t i = 0; i < x.shape.count(); ++i) {
    const bool holds = load(x, i) != 0;
    if (!holds) return launch.fault->set(ErrorCode::out_of_range, "an assertion does not hold: element {} is false", i);
    store(y, i, 1);
  }
}

}  // namespace
LATHE_REFERENCE(Assert, assert, .run = run)
}  // namespace lathe::backends::reference
