#include "ops/pad.h"

#include <algorithm>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

/// Which element of n stands at place i, counted from the first; -1: none of them.
int64_t source_of(ops::PadMode mode, int64_t i, int64_t n) {
  const auto modulo = [](int64_t a, int64_t b) { return (a % b + b) % b; };
  switch (mode) {
    case ops::PadMode::edge: return std::clamp<int64_t>(i, 0, n - 1);
    case ops::PadMode::wrap: return modulo(i, n);
    case ops::PadMode::reflect: {
      if (n == 1) return 0;
      const int64_t there_and_back = 2 * (n - 1), at = modulo(i, there_and_back);
      return std::min(at, there_and_back - at);
    }
    case ops::PadMode::constant: break;
  }
  return i >= 0 && i < n ? i : -1;
}

/// The element of x that stands at index i of y; -1: none.
int64_t source_of(ops::PadMode mode, int64_t i, const Shape& x, const Shape& y, const int64_t* before) {
  const Strides strides(x);
  int64_t at = 0;
  for (int d = y.rank() - 1; d >= 0; i /= y[d--]) {
    const int64_t place = source_of(mode, i % y[d] - before[d], x[d]);
    if (place < 0) return -1;
    at += place * strides.of[d];
  }
  return at;
}

void run(const ops::Pad& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  const int64_t count = y.shape.count();
  int64_t before[Shape::kMaxRank] = {};
  for (int d = 0; d < y.shape.rank(); ++d) {
    before[d] = size_at(launch, static_cast<size_t>(d), op.before[static_cast<size_t>(d)]);
    // Sizes that were symbolic in the network show here for the first time.
    if (before[d] < 0 || before[d] > y.shape[d] - x.shape[d])
      return launch.fault->set(ErrorCode::out_of_range, "a dimension of {} cannot be padded to {}", x.shape[d],
                               y.shape[d]);
    if (op.mode != ops::PadMode::constant && count > 0 && x.shape[d] == 0)
      return launch.fault->set(ErrorCode::out_of_range, "a dimension of {} has nothing to repeat", 0);
  }
  for (int64_t i = 0; i < count; ++i) {
    const int64_t from = source_of(op.mode, i, x.shape, y.shape, before);
    if (from < 0)
      store(y, i, op.value);
    else
      copy_run(y, i, x, from, 1);
  }
}

}  // namespace
LATHE_REFERENCE(Pad, pad, .run = run)
}  // namespace lathe::backends::reference
