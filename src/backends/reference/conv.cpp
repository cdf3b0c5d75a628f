#include "ops/conv.h"

#include "backends/reference/window.h"

namespace lathe::backends::reference {
namespace {

/// The elements of one output's weights.
int64_t weights_of(const TensorView& w) {
  int64_t count = 1;
  for (int d = 1; d < w.shape.rank(); ++d) count *= w.shape[d];
  return count;
}

/// What the window sees and one output's weights.
int64_t scratch(const ops::Conv&, std::span<const TensorView> in, std::span<const TensorView> out) {
  return out[0].shape.count() == 0 ? 0 : 2 * weights_of(in[1]);
}

template <class Value>
void convolve(const ops::Conv& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &w = launch.inputs[1], &y = launch.outputs[0];
  const Grid grid(op.window, x.shape, window_of(w), y.shape, launch);
  const int64_t channels = w.shape[1], outputs = w.shape[0] / op.groups, terms = weights_of(w);
  const int64_t x_count = grid.x_count(), k_count = grid.k_count(), y_count = grid.y_count();
  auto* seen = reinterpret_cast<Value*>(launch.workspace);
  Value* weights = seen + terms;
  for (int64_t i = 0; i < y.shape[0] * op.groups; ++i)  // of each item, each group
    for (int64_t p = 0; p < y_count; ++p) {
      for (int64_t t = 0; t < terms; ++t) {
        const int64_t at = grid.read(p, t % k_count);
        seen[t] = 0;
        if (at >= 0) load_run(x, (i * channels + t / k_count) * x_count + at, 1, seen + t);
      }
      for (int64_t o = 0; o < outputs; ++o) {
        const int64_t output = i % op.groups * outputs + o;
        load_run(w, output * terms, terms, weights);
        Value sum = 0;
        if (launch.inputs.size() > 2) load_run(launch.inputs[2], output, 1, &sum);
        sum = sum_of(sum, inner_product(seen, weights, terms));
        store_run(y, (i * outputs + o) * y_count + p, 1, &sum);
      }
    }
}

void run(const ops::Conv& op, const Launch& launch) {
  if (launch.outputs[0].shape.count() == 0) return;
  is_float(launch.outputs[0].dtype) ? convolve<double>(op, launch) : convolve<int64_t>(op, launch);
}

}  // namespace
LATHE_REFERENCE(Conv, conv, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
