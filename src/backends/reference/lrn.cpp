#include "ops/lrn.h"

#include <algorithm>
#include <cmath>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::Lrn& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  const int64_t channels = x.shape[1], stride = Strides(x.shape).of[1];
  const int64_t before = (op.size - 1) / 2, after = op.size - 1 - before;
  for (int64_t i = 0; i < x.shape.count(); ++i) {
    const int64_t c = i / stride % channels, origin = i - c * stride;
    // Sizes from files: c + after must not overflow.
    const int64_t first = std::max<int64_t>(0, c - before), last = c + std::min(after, channels - 1 - c);
    double sum = 0;
    for (int64_t j = first; j <= last; ++j) {
      const double value = load(x, origin + j * stride);
      sum += value * value;
    }
    store(y, i, load(x, i) / std::pow(op.bias + op.alpha / static_cast<double>(op.size) * sum, op.beta));
  }
}

}  // namespace
LATHE_REFERENCE(Lrn, lrn, .run = run)
}  // namespace lathe::backends::reference
