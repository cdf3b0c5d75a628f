#include "ops/ragged_softmax.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/row_math.h"

namespace lathe::backends::reference {
namespace {

int64_t scratch(const ops::RaggedSoftmax&, std::span<const TensorView> in, std::span<const TensorView>) {
  return in[0].shape.count() == 0 ? 0 : in[0].width();
}

void run(const ops::RaggedSoftmax&, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &lengths = launch.inputs[1], &y = launch.outputs[0];
  const int64_t width = x.width();
  double* row = scratch_of(launch);
  for (int64_t r = 0; r < x.rows(); ++r) {
    const int64_t length = load_integer(lengths, r);
    if (length < 0 || length > width)
      return launch.fault->set(ErrorCode::out_of_range, "a length of {} is none of a row of {}", length, width);
    load_run(x, r * width, length, row);
    softmax_row(row, length);
    store_run(y, r * width, length, row);
    zero_run(y, r * width + length, width - length);
  }
}

}  // namespace
LATHE_REFERENCE(RaggedSoftmax, ragged_softmax, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
