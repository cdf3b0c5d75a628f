#include "ops/range.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::Range& op, const Launch& launch) {
  const int64_t start = size_at(launch, 0, op.start);
  for (int64_t i = 0; i < launch.outputs[0].shape[0]; ++i)
    store_integer(launch.outputs[0], i, saturating_add(start, saturating_mul(op.step, i)));
}

}  // namespace
LATHE_REFERENCE(Range, range, .run = run)
}  // namespace lathe::backends::reference
