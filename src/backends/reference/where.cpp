#include "ops/where.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::Where& /*op*/, const Launch& launch) {
  const TensorView &condition = launch.inputs[0], &a = launch.inputs[1], &b = launch.inputs[2], &y = launch.outputs[0];
  const Broadcast by(condition.shape, y.shape), in_a(a.shape, y.shape), in_b(b.shape, y.shape);
  const auto place = [&](const Broadcast& broadcast, int64_t i) {
    return locate(i, y.shape, y.shape.rank(), broadcast.stride);
  };
  for (int64_t i = 0; i < y.shape.count(); ++i) {
    const bool chosen = load_integer(condition, place(by, i)) != 0;
    copy_run(y, i, chosen ? a : b, place(chosen ? in_a : in_b, i), 1);
  }
}

}  // namespace
LATHE_REFERENCE(Where, where, .run = run)
}  // namespace lathe::backends::reference
