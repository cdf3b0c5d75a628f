#include "backends/reference/window.h"

#include <algorithm>

namespace lathe::backends::reference {

Grid::Grid(const ops::Window& window, const Shape& x_shape, const Shape& size, const Shape& y_shape,
           const Launch& launch, int first) {
  const int spatial = size.rank();
  for (int i = 0; i < spatial; ++i) {
    const auto from = static_cast<size_t>(i);
    const int to = 3 - spatial + i;
    x[to] = x_shape[first + i];
    k[to] = size[i];
    y[to] = y_shape[first + i];
    stride[to] = window.stride(from);
    dilation[to] = window.dilation(from);
    before[to] = size_at(launch, from, window.before(from));
    after[to] = size_at(launch, window.pads_before.size() + from, window.after(from));
  }
}

bool Grid::place(int64_t p, int64_t j, int64_t* at) const {
  for (int d = 2; d >= 0; --d) {
    const int64_t start = saturating_add(saturating_mul(p % y[d], stride[d]), -before[d]);
    at[d] = saturating_add(start, saturating_mul(j % k[d], dilation[d]));
    p /= y[d];
    j /= k[d];
  }
  return at[0] >= 0 && at[0] < x[0] && at[1] >= 0 && at[1] < x[1] && at[2] >= 0 && at[2] < x[2];
}

int64_t Grid::read(int64_t p, int64_t j) const {
  int64_t at[3];
  return place(p, j, at) ? (at[0] * x[1] + at[1]) * x[2] + at[2] : -1;
}

namespace {

/// How many of `count` numbers 0, step, 2 step, .. are below the limit.
int64_t below(int64_t limit, int64_t step, int64_t count) {
  return limit <= 0 ? 0 : std::min(count, (limit - 1) / step + 1);
}

}  // namespace

Grid::Run Grid::in_x(int d, int64_t p) const {
  const int64_t start = saturating_add(saturating_mul(p, stride[d]), -before[d]);
  const int64_t skipped = below(-start, dilation[d], k[d]);
  const int64_t at = saturating_add(start, saturating_mul(skipped, dilation[d]));
  return {at, below(saturating_add(x[d], -at), dilation[d], k[d] - skipped)};
}

int64_t Grid::in_room(int d, int64_t p) const {
  const int64_t room = saturating_add(saturating_add(before[d], x[d]), after[d]);
  return below(saturating_add(room, -saturating_mul(p, stride[d])), dilation[d], k[d]);
}

int64_t Grid::brought(int64_t p, int64_t j) const {
  int64_t index = 0, count = 1;
  for (int d = 2; d >= 0; --d) {
    const int64_t steps = saturating_add(saturating_add(p % y[d], before[d]), -saturating_mul(j % k[d], dilation[d]));
    if (steps < 0 || steps % stride[d] != 0 || steps / stride[d] >= x[d]) return -1;
    index += steps / stride[d] * count;
    count *= x[d];
    p /= y[d];
    j /= k[d];
  }
  return index;
}

Shape window_of(const TensorView& w) {
  Shape size;
  for (int d = 2; d < w.shape.rank(); ++d) size.push_back(w.shape[d]);
  return size;
}

double inner_product(const double* a, const double* b, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

int64_t inner_product(const int64_t* a, const int64_t* b, int64_t count) {
  uint64_t sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += static_cast<uint64_t>(a[i]) * static_cast<uint64_t>(b[i]);
  return static_cast<int64_t>(sum);
}

}  // namespace lathe::backends::reference
