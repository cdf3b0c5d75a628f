#include "ops/deconv.h"

#include "backends/reference/window.h"

namespace lathe::backends::reference {
namespace {

/// What comes to one place of y by way of each channel of x and element of the window.
int64_t terms_of(const ops::Deconv& op, const TensorView& w) {
  int64_t count = w.shape[0] / op.groups;
  for (int d = 2; d < w.shape.rank(); ++d) count *= w.shape[d];
  return count;
}

int64_t scratch(const ops::Deconv& op, std::span<const TensorView> in, std::span<const TensorView> out) {
  return out[0].shape.count() == 0 ? 0 : 2 * terms_of(op, in[1]);
}

template <class Value>
void convolve(const ops::Deconv& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &w = launch.inputs[1], &y = launch.outputs[0];
  const Grid grid(op.window, x.shape, window_of(w), y.shape, launch);
  const int64_t channels = w.shape[0] / op.groups, outputs = w.shape[1], terms = terms_of(op, w);
  const int64_t x_count = grid.x_count(), k_count = grid.k_count(), y_count = grid.y_count();
  auto* brought = reinterpret_cast<Value*>(launch.workspace);
  Value* weights = brought + terms;
  for (int64_t i = 0; i < y.shape[0] * op.groups; ++i)  // of each item, each group
    for (int64_t p = 0; p < y_count; ++p) {
      for (int64_t t = 0; t < terms; ++t) {
        const int64_t at = grid.brought(p, t % k_count);
        brought[t] = 0;
        if (at >= 0) load_run(x, (i * channels + t / k_count) * x_count + at, 1, brought + t);
      }
      const int64_t group = i % op.groups;
      for (int64_t o = 0; o < outputs; ++o) {
        for (int64_t c = 0; c < channels; ++c)
          load_run(w, ((group * channels + c) * outputs + o) * k_count, k_count, weights + c * k_count);
        Value sum = 0;
        if (launch.inputs.size() > 2) load_run(launch.inputs[2], group * outputs + o, 1, &sum);
        sum = sum_of(sum, inner_product(brought, weights, terms));
        store_run(y, (i * outputs + o) * y_count + p, 1, &sum);
      }
    }
}

void run(const ops::Deconv& op, const Launch& launch) {
  if (launch.outputs[0].shape.count() == 0) return;
  is_float(launch.outputs[0].dtype) ? convolve<double>(op, launch) : convolve<int64_t>(op, launch);
}

}  // namespace
LATHE_REFERENCE(Deconv, deconv, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
