#include "ops/conv.h"

#include <algorithm>
#include <type_traits>

#include "backends/reference/row_math.h"
#include "backends/reference/window.h"

namespace lathe::backends::reference {
namespace {

/// The elements of one output's weights.
int64_t weights_of(const TensorView& w) {
  int64_t count = 1;
  for (int d = 1; d < w.shape.rank(); ++d) count *= w.shape[d];
  return count;
}

/// With the channels last: the channels of a tap.
int64_t terms_of(const TensorView& w) { return w.shape[-2]; }

/// What the window sees and one output's weights; with the channels last, a tap's weights and a row of y.
int64_t scratch(const ops::Conv& op, std::span<const TensorView> in, std::span<const TensorView> out) {
  if (out[0].shape.count() == 0) return 0;
  if (op.channels_last) return terms_of(in[1]) + 2 * out[0].width();
  return 2 * weights_of(in[1]);
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

void add_products(double a, const double* b, int64_t n, double* sums) {
  for (int64_t i = 0; i < n; ++i) sums[i] += a * b[i];
}
void add_products(int64_t a, const int64_t* b, int64_t n, int64_t* sums) {
  for (int64_t i = 0; i < n; ++i) sums[i] = sum_of(sums[i], inner_product(&a, b + i, 1));
}

/// The sums of one group at p of an item, in `row`.
template <class Value>
void convolve_at(const ops::Conv& op, const Grid& grid, const Launch& launch, int64_t item, int64_t p, int64_t group,
                 Value* row) {
  const TensorView &x = launch.inputs[0], &w = launch.inputs[1], &y = launch.outputs[0];
  const int64_t channels = w.shape[-2], outputs = y.width() / op.groups;
  auto* seen = reinterpret_cast<Value*>(launch.workspace);
  Value* weights = seen + terms_of(w);
  for (int64_t j = 0; j < grid.k_count(); ++j) {
    const int64_t at = grid.read(p, j);
    if (at < 0) continue;
    load_run(x, (item * grid.x_count() + at) * x.width() + group * channels, channels, seen);
    for (int64_t c = 0; c < channels; ++c) {
      load_run(w, (j * channels + c) * y.width() + group * outputs, outputs, weights);
      add_products(seen[c], weights, outputs, row + group * outputs);
    }
  }
}

template <class Value>
void convolve_last(const ops::Conv& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &w = launch.inputs[1], &y = launch.outputs[0];
  Shape size;
  for (int d = 0; d + 2 < w.shape.rank(); ++d) size.push_back(w.shape[d]);
  const Grid grid(op.window, x.shape, size, y.shape, launch, 1);
  const int64_t n = y.width();
  Value* row = reinterpret_cast<Value*>(launch.workspace) + terms_of(w) + n;
  for (int64_t i = 0; i < y.rows(); ++i) {
    std::fill(row, row + n, Value{0});
    for (int64_t g = 0; g < op.groups; ++g)
      convolve_at(op, grid, launch, i / grid.y_count(), i % grid.y_count(), g, row);
    if constexpr (std::is_same_v<Value, double>) apply_epilogue(op.epilogue, launch.inputs.data() + 2, i, row, n);
    store_run(y, i * n, n, row);
  }
}

void run(const ops::Conv& op, const Launch& launch) {
  if (launch.outputs[0].shape.count() == 0) return;
  if (op.channels_last)
    return is_float(launch.outputs[0].dtype) ? convolve_last<double>(op, launch) : convolve_last<int64_t>(op, launch);
  is_float(launch.outputs[0].dtype) ? convolve<double>(op, launch) : convolve<int64_t>(op, launch);
}

}  // namespace
LATHE_REFERENCE(Conv, conv, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
