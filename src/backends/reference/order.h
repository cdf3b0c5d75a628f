#pragma once
#include <cmath>

#include "backends/reference/combine.h"
#include "backends/reference/elements.h"
#include "base/dtype.h"

namespace lathe::backends::reference {

/// The order of numbers in which NaN is above all others, and equal to itself: -1, 0 or 1.
inline int order(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
  return static_cast<int>(a > b) - static_cast<int>(a < b);
}

/// That of two elements of a tensor of any type.
inline int order(const TensorView& x, int64_t a, int64_t b) {
  if (is_float(x.dtype)) return order(load(x, a), load(x, b));
  int64_t p = load_integer(x, a), q = load_integer(x, b);
  if (x.dtype == DType::u64) p = as_ordered(p), q = as_ordered(q);
  return static_cast<int>(p > q) - static_cast<int>(p < q);
}

/// The lines along one axis: element i of line l has the row-major index start(l) + i * step.
struct Lines {
  int64_t size, step, count;
  Lines(const Shape& shape, int64_t axis) {
    const int d = static_cast<int>(axis < 0 ? axis + shape.rank() : axis);
    size = shape[d];
    step = Strides(shape).of[d];
    count = 1;
    for (int i = 0; i < shape.rank(); ++i) count *= i == d ? 1 : shape[i];
  }
  int64_t start(int64_t line) const { return line / step * step * size + line % step; }
};

}  // namespace lathe::backends::reference
