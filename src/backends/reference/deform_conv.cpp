#include "ops/deform_conv.h"

#include "backends/reference/interpolate.h"
#include "backends/reference/window.h"

namespace lathe::backends::reference {
namespace {

int64_t weights_of(const TensorView& w) {
  int64_t count = 1;
  for (int d = 1; d < w.shape.rank(); ++d) count *= w.shape[d];
  return count;
}

/// What the window sees and one output's weights.
int64_t scratch(const ops::DeformConv&, std::span<const TensorView> in, std::span<const TensorView> out) {
  return out[0].shape.count() == 0 ? 0 : 2 * weights_of(in[1]);
}

struct Call {
  const ops::DeformConv& op;
  const Launch& launch;
  Grid grid;
};

/// What channel c of item n shows to element j of the window at p.
double seen_at(const Call& call, int64_t n, int64_t c, int64_t j, int64_t p) {
  const TensorView &x = call.launch.inputs[0], &offset = call.launch.inputs[2];
  const Grid& grid = call.grid;
  const int spatial = x.shape.rank() - 2;
  const int64_t channels = x.shape[1], group = c / (channels / call.op.offset_groups);
  const int64_t element = (n * call.op.offset_groups + group) * grid.k_count() + j;
  int64_t at[3], stride = 1;
  grid.place(p, j, at);
  Line lines[3];
  for (int d = 2; d >= 0; --d) {
    const int from = d - (3 - spatial);  // among the spatial dimensions that x has
    const double by = from < 0 ? 0 : load(offset, (element * spatial + from) * grid.y_count() + p);
    lines[d] = linear_with_zeros(static_cast<double>(at[d]) + by, grid.x[d], stride);
    stride *= grid.x[d];
  }
  const double value = interpolate(x, (n * channels + c) * grid.x_count(), lines);
  return call.op.mask ? value * load(call.launch.inputs.back(), element * grid.y_count() + p) : value;
}

void run(const ops::DeformConv& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &w = launch.inputs[1], &y = launch.outputs[0];
  if (y.shape.count() == 0) return;
  const Call call{op, launch, Grid(op.window, x.shape, window_of(w), y.shape, launch)};
  const int64_t channels = w.shape[1], outputs = w.shape[0] / op.groups, terms = weights_of(w);
  const int64_t k_count = call.grid.k_count(), y_count = call.grid.y_count();
  double *seen = scratch_of(launch), *weights = seen + terms;
  for (int64_t i = 0; i < y.shape[0] * op.groups; ++i)  // of each item, each group
    for (int64_t p = 0; p < y_count; ++p) {
      const int64_t n = i / op.groups, group = i % op.groups;
      for (int64_t t = 0; t < terms; ++t) seen[t] = seen_at(call, n, group * channels + t / k_count, t % k_count, p);
      for (int64_t o = 0; o < outputs; ++o) {
        load_run(w, (group * outputs + o) * terms, terms, weights);
        const double bias = op.bias ? load(launch.inputs[3], group * outputs + o) : 0;
        store(y, (i * outputs + o) * y_count + p, bias + inner_product(seen, weights, terms));
      }
    }
}

}  // namespace
LATHE_REFERENCE(DeformConv, deform_conv, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
