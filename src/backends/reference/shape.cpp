#include "ops/shape.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::ShapeOf& /*op*/, const Launch& launch) {
  const Shape& shape = launch.inputs[0].shape;
  for (int d = 0; d < shape.rank(); ++d) store_integer(launch.outputs[0], d, shape[d]);
}

}  // namespace
LATHE_REFERENCE(ShapeOf, shape, .run = run)
}  // namespace lathe::backends::reference
