#pragma once
#include <algorithm>

#include "backends/reference/elements.h"

namespace lathe::backends::reference {

/// y = f(a, b), element by element, where a and b broadcast to y. Elements travel as Value (double, int64_t).
template <class Value, class Apply>
void combine(const TensorView& a, const TensorView& b, const TensorView& y, Apply f) {
  Broadcast pa(a.shape, y.shape), pb(b.shape, y.shape);
  int last = y.shape.rank() - 1;
  int64_t width = y.width();
  Value x[kChunk], z[kChunk];
  auto fetch = [&](const TensorView& t, const Broadcast& p, int64_t row, int64_t column, int64_t n, Value* out) {
    int64_t start = last < 0 ? 0 : locate(row, y.shape, last, p.stride);
    bool repeats = last < 0 || p.stride[last] == 0;
    load_run(t, repeats ? start : start + column, repeats ? 1 : n, out);
    if (repeats) std::fill(out + 1, out + n, out[0]);
  };
  for (int64_t row = 0; row < y.rows(); ++row)
    for (int64_t column = 0; column < width; column += kChunk) {
      int64_t n = std::min(kChunk, width - column);
      fetch(a, pa, row, column, n, x);
      fetch(b, pb, row, column, n, z);
      for (int64_t i = 0; i < n; ++i) x[i] = f(x[i], z[i]);
      store_run(y, row * width + column, n, x);
    }
}

/// The order of 64-bit unsigned numbers among int64_t, in which they travel.
inline int64_t as_ordered(int64_t unsigned_bits) { return unsigned_bits ^ INT64_MIN; }

}  // namespace lathe::backends::reference
