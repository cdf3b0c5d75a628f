#include "ops/unpack_rows.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::UnpackRows& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &token_index = launch.inputs[1], &y = launch.outputs[0];
  int64_t rows = 1, width = 1, leading = static_cast<int64_t>(op.leading.size());
  for (int d = 0; d < y.shape.rank(); ++d) (d < leading ? rows : width) *= y.shape[d];
  zero_run(y, 0, rows * width);
  for (int64_t i = 0; i < x.shape[0]; ++i) {
    int64_t row = load_integer(token_index, i);
    if (row < 0 || row >= rows) {
      launch.fault->set(ErrorCode::out_of_range, "token index {} is outside the {} padded positions", row, rows);
      return;
    }
    copy_run(y, row * width, x, i * width, width);
  }
}

}  // namespace
LATHE_REFERENCE(UnpackRows, unpack_rows, .run = run)
}  // namespace lathe::backends::reference
