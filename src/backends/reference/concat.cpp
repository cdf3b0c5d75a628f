#include "ops/concat.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::Concat& op, const Launch& launch) {
  const TensorView& y = launch.outputs[0];
  int axis = static_cast<int>(op.axis < 0 ? op.axis + y.shape.rank() : op.axis);
  int64_t outer = 1, block = 1;
  for (int d = 0; d < axis; ++d) outer *= y.shape[d];
  for (int d = axis; d < y.shape.rank(); ++d) block *= y.shape[d];
  for (int64_t o = 0; o < outer; ++o) {
    int64_t at = o * block;
    for (const TensorView& x : launch.inputs) {
      int64_t part = x.shape.count() / outer;
      copy_run(y, at, x, o * part, part);
      at += part;
    }
  }
}

}  // namespace
LATHE_REFERENCE(Concat, concat, .run = run)
}  // namespace lathe::backends::reference
