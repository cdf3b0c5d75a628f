#include "ops/non_zero.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

/// Rows of the result are as long as the count: it is found first.
void run(const ops::NonZero& /*op*/, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  const int64_t elements = x.shape.count();
  int64_t count = 0, done = 0;
  for (int64_t i = 0; i < elements; ++i) count += load(x, i) != 0;
  for (int64_t i = 0; i < elements && done < count; ++i) {
    if (load(x, i) == 0) continue;
    int64_t rest = i;
    for (int d = x.shape.rank() - 1; d >= 0; rest /= x.shape[d--])
      store_integer(y, d * count + done, rest % x.shape[d]);
    if (x.shape.rank() == 0) store_integer(y, done, 0);
    ++done;
  }
  launch.extents[0] = count;
}

}  // namespace
LATHE_REFERENCE(NonZero, non_zero, .run = run)
}  // namespace lathe::backends::reference
