#include "ops/top_k.h"

#include <algorithm>
#include <numeric>

#include "backends/reference/definition.h"
#include "backends/reference/order.h"

namespace lathe::backends::reference {
namespace {

int64_t scratch(const ops::TopK& op, std::span<const TensorView> in, std::span<const TensorView>) {
  return Lines(in[0].shape, op.axis).size;
}

void run(const ops::TopK& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &values = launch.outputs[0], &indices = launch.outputs[1];
  const Lines from(x.shape, op.axis), to(values.shape, op.axis);
  // Sizes that were symbolic in the network show here for the first time.
  if (to.size > from.size)
    return launch.fault->set(ErrorCode::out_of_range, "the {} first of {} elements", to.size, from.size);
  auto* ranked = reinterpret_cast<int64_t*>(launch.workspace);
  for (int64_t line = 0; line < to.count; ++line) {
    const int64_t start = from.start(line), first = to.start(line);
    std::iota(ranked, ranked + from.size, int64_t{0});
    std::partial_sort(ranked, ranked + to.size, ranked + from.size, [&](int64_t a, int64_t b) {
      const int by = order(x, start + a * from.step, start + b * from.step);
      return by == 0 ? a < b : (by > 0) == op.largest;
    });
    for (int64_t i = 0; i < to.size; ++i) {
      copy_run(values, first + i * to.step, x, start + ranked[i] * from.step, 1);
      store_integer(indices, first + i * to.step, ranked[i]);
    }
  }
}

}  // namespace
LATHE_REFERENCE(TopK, top_k, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
