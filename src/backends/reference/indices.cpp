#include "backends/reference/indices.h"

#include <algorithm>
#include <cmath>

#include "backends/reference/elements.h"
#include "base/dtype.h"

namespace lathe::backends::reference {
namespace {
using ops::ScatterReduction;

double join(ScatterReduction reduction, double a, double b) {
  switch (reduction) {
    case ScatterReduction::add: return a + b;
    case ScatterReduction::mul: return a * b;
    case ScatterReduction::max: return a > b || std::isnan(a) ? a : b;
    case ScatterReduction::min: return a < b || std::isnan(a) ? a : b;
    case ScatterReduction::none: break;
  }
  return b;
}

/// Integers wrap around.
int64_t join(ScatterReduction reduction, int64_t a, int64_t b, bool is_unsigned) {
  const auto x = static_cast<uint64_t>(a), y = static_cast<uint64_t>(b);
  const bool above = is_unsigned ? x > y : a > b;
  switch (reduction) {
    case ScatterReduction::add: return static_cast<int64_t>(x + y);
    case ScatterReduction::mul: return static_cast<int64_t>(x * y);
    case ScatterReduction::max: return above ? a : b;
    case ScatterReduction::min: return above ? b : a;
    case ScatterReduction::none: break;
  }
  return b;
}

}  // namespace

int64_t checked_index(int64_t given, int64_t size, Fault* fault) {
  const int64_t index = given < 0 ? given + size : given;
  if (index >= 0 && index < size) return index;
  fault->set(ErrorCode::out_of_range, "index {} is outside a dimension of {}", given, size);
  return -1;
}

int64_t pointed_at(const TensorView& indices, int64_t row, const Shape& shape, int first, Fault* fault) {
  const Strides strides(shape);
  const int64_t coordinates = indices.width();
  int64_t at = 0;
  for (int64_t c = 0; c < coordinates; ++c) {
    const int d = first + static_cast<int>(c);
    const int64_t index = checked_index(load_integer(indices, row * coordinates + c), shape[d], fault);
    if (index < 0) return -1;
    at += index * strides.of[d];
  }
  return at;
}

int64_t along_axis(int64_t index, const Shape& indices, const Shape& data, int axis, int64_t along, Fault* fault) {
  const Strides strides(data);
  int64_t at = along * strides.of[axis];
  for (int d = indices.rank() - 1; d >= 0; index /= indices[d--]) {
    if (d == axis) continue;
    const int64_t i = index % indices[d];
    if (i >= data[d]) {
      fault->set(ErrorCode::out_of_range, "indices of size {} along a dimension of {}", indices[d], data[d]);
      return -1;
    }
    at += i * strides.of[d];
  }
  return at;
}

void scatter(ScatterReduction reduction, const TensorView& y, int64_t at, const TensorView& update, int64_t from) {
  if (reduction == ScatterReduction::none)
    copy_run(y, at, update, from, 1);
  else if (is_float(y.dtype))
    store(y, at, join(reduction, load(y, at), load(update, from)));
  else
    store_integer(y, at, join(reduction, load_integer(y, at), load_integer(update, from), y.dtype == DType::u64));
}

}  // namespace lathe::backends::reference
