#include "ops/col2im.h"

#include <algorithm>

#include "backends/reference/window.h"

namespace lathe::backends::reference {
namespace {

/// The windows that lie on the image, along each dimension, as [n, c, l..].
Shape windows_on(const ops::Col2Im& op, const Shape& y, const Launch& launch) {
  Shape windows{1, 1};
  for (size_t d = 0; d < op.block.size(); ++d) {
    const int64_t before = size_at(launch, d, op.window.before(d));
    const int64_t after = size_at(launch, op.window.pads_before.size() + d, op.window.after(d));
    const int64_t reach = saturating_mul(op.window.dilation(d), op.block[d] - 1);
    const int64_t room = saturating_add(saturating_add(y[static_cast<int>(d) + 2], before), after);
    const int64_t left = saturating_add(room, -reach - 1);
    windows.push_back(left < 0 ? 0 : left / op.window.stride(d) + 1);
  }
  return windows;
}

template <class Value>
void sum_blocks(const ops::Col2Im& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  Shape block;
  for (int64_t k : op.block) block.push_back(k);
  const Grid grid(op.window, windows_on(op, y.shape, launch), block, y.shape, launch);
  const int64_t windows = x.shape[2], elements = grid.k_count(), places = grid.y_count();
  for (int64_t i = 0; i < y.shape.count(); ++i) {
    Value sum = 0;
    for (int64_t j = 0; j < elements; ++j) {
      const int64_t at = grid.brought(i % places, j);
      if (at < 0) continue;
      Value value;
      load_run(x, (i / places * elements + j) * windows + at, 1, &value);
      sum = sum_of(sum, value);
    }
    store_run(y, i, 1, &sum);
  }
}

void run(const ops::Col2Im& op, const Launch& launch) {
  if (launch.outputs[0].shape.count() == 0) return;
  is_float(launch.outputs[0].dtype) ? sum_blocks<double>(op, launch) : sum_blocks<int64_t>(op, launch);
}

}  // namespace
LATHE_REFERENCE(Col2Im, col2im, .run = run)
}  // namespace lathe::backends::reference
