#include "ops/pool.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/reference/window.h"

namespace lathe::backends::reference {
namespace {

/// The first maximum under a window: its place in the spatial dimensions of x, or -1, and its value.
template <class Value>
struct Largest {
  int64_t at = -1;
  Value value;
};

bool exceeds(double a, double b, bool) { return a > b || (std::isnan(a) && !std::isnan(b)); }
/// 64-bit unsigned integers travel as int64_t.
bool exceeds(int64_t a, int64_t b, bool is_unsigned) {
  return is_unsigned ? static_cast<uint64_t>(a) > static_cast<uint64_t>(b) : a > b;
}

/// Negative infinity, which becomes the least number of types without it.
double lowest(DType, double) { return -std::numeric_limits<double>::infinity(); }
int64_t lowest(DType type, int64_t) {
  const bool is_unsigned = type == DType::u8 || type == DType::u16 || type == DType::u32 || type == DType::u64;
  return is_unsigned ? 0 : static_cast<int64_t>(~uint64_t{0} << (bits_of(type) - 1));
}

/// Where the elements of one item and channel lie: from `origin` on, `step` apart.
struct Plane {
  int64_t origin, step;
  int64_t operator[](int64_t at) const { return origin + at * step; }
};
/// The i-th plane of a tensor with `count` elements in each.
Plane plane_of(const ops::Pool& op, const TensorView& t, int64_t i, int64_t count) {
  if (!op.channels_last) return {i * count, 1};
  return {i / t.width() * count * t.width() + i % t.width(), t.width()};
}

template <class Value>
Largest<Value> largest(const Grid& grid, const TensorView& x, const Plane& plane, int64_t p) {
  Largest<Value> found{-1, lowest(x.dtype, Value{})};
  grid.for_each_read(p, [&](int64_t at) {
    Value value;
    load_run(x, plane[at], 1, &value);
    if (found.at < 0 || exceeds(value, found.value, x.dtype == DType::u64)) found = {at, value};
  });
  return found;
}

/// How many elements of the window at p lie in x or its padding: more than an integer holds where the padding is large.
double in_room(const Grid& grid, int64_t p) {
  return static_cast<double>(grid.in_room(0, p / grid.y[2] / grid.y[1])) *
         static_cast<double>(grid.in_room(1, p / grid.y[2] % grid.y[1])) *
         static_cast<double>(grid.in_room(2, p % grid.y[2]));
}

double average(const ops::Pool& op, const Grid& grid, const TensorView& x, const Plane& plane, int64_t p) {
  double sum = 0, count = 0;
  grid.for_each_read(p, [&](int64_t at) {
    sum += load(x, plane[at]);
    ++count;
  });
  if (op.count_padding) count = in_room(grid, p);
  return count == 0 ? 0 : sum / count;
}

double norm(const ops::Pool& op, const Grid& grid, const TensorView& x, const Plane& plane, int64_t p) {
  double sum = 0;
  grid.for_each_read(p, [&](int64_t at) { sum += std::pow(std::abs(load(x, plane[at])), op.p); });
  return std::pow(sum, 1 / op.p);
}

double pooled(const ops::Pool& op, const Grid& grid, const TensorView& x, const Plane& plane, int64_t p) {
  switch (op.kind) {
    case ops::PoolKind::max: break;  // in the type of its elements
    case ops::PoolKind::average: return average(op, grid, x, plane, p);
    case ops::PoolKind::lp: return norm(op, grid, x, plane, p);
    case ops::PoolKind::blend:
      // A share of 0 counts for nothing, an infinity among it too.
      return (op.blend == 1 ? 0 : (1 - op.blend) * largest<double>(grid, x, plane, p).value) +
             (op.blend == 0 ? 0 : op.blend * average(op, grid, x, plane, p));
  }
  return 0;
}

/// The index of a place as the op's second output has it.
int64_t index_of(const ops::Pool& op, const Grid& grid, int64_t origin, int64_t at) {
  if (at < 0) return -1;
  if (!op.column_major) return origin + at;
  const int64_t d0 = at / grid.x[2] / grid.x[1], d1 = at / grid.x[2] % grid.x[1], d2 = at % grid.x[2];
  return origin + d0 + grid.x[0] * (d1 + grid.x[1] * d2);
}

template <class Value>
void maximum(const ops::Pool& op, const Grid& grid, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  const int64_t x_count = grid.x_count(), y_count = grid.y_count();
  for (int64_t i = 0; i < y.shape.count(); ++i) {
    const Plane from = plane_of(op, x, i / y_count, x_count), to = plane_of(op, y, i / y_count, y_count);
    const Largest<Value> found = largest<Value>(grid, x, from, i % y_count);
    store_run(y, to[i % y_count], 1, &found.value);
    if (op.indices) store_integer(launch.outputs[1], i, index_of(op, grid, from.origin, found.at));
  }
}

void run(const ops::Pool& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  if (y.shape.count() == 0) return;
  Shape size;
  for (int64_t k : op.size) size.push_back(k);
  const Grid grid(op.window, x.shape, size, y.shape, launch, op.channels_last ? 1 : 2);
  if (op.kind == ops::PoolKind::max)
    return is_float(x.dtype) ? maximum<double>(op, grid, launch) : maximum<int64_t>(op, grid, launch);
  const int64_t x_count = grid.x_count(), y_count = grid.y_count();
  for (int64_t i = 0; i < y.shape.count(); ++i)
    store(y, plane_of(op, y, i / y_count, y_count)[i % y_count],
          pooled(op, grid, x, plane_of(op, x, i / y_count, x_count), i % y_count));
}

}  // namespace
LATHE_REFERENCE(Pool, pool, .run = run)
}  // namespace lathe::backends::reference
