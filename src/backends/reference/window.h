#pragma once
#include "backends/reference/definition.h"
#include "ops/window.h"

namespace lathe::backends::reference {

/// The spatial dimensions of an op with a window (ops/window.h), always as three: those that it lacks come first and
/// have size 1. Places and window elements go by their row-major index.
struct Grid {
  int64_t x[3] = {1, 1, 1}, k[3] = {1, 1, 1}, y[3] = {1, 1, 1};
  int64_t stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1}, before[3] = {}, after[3] = {};

  /// x and y [n, c, spatial..], or [n, spatial.., c] where those start at `first`, 1; `size` the window's.
  Grid(const ops::Window& window, const Shape& x, const Shape& size, const Shape& y, const Launch& launch,
       int first = 2);
  /// Where element j of the window at p lies along each dimension of x; false: not in x.
  bool place(int64_t p, int64_t j, int64_t* at) const;
  /// The same as an index in x, or -1.
  int64_t read(int64_t p, int64_t j) const;
  /// Where in x lies what a transposed convolution brings to p by element j, or -1.
  int64_t brought(int64_t p, int64_t j) const;

  int64_t x_count() const { return Shape{x[0], x[1], x[2]}.count(); }
  int64_t k_count() const { return Shape{k[0], k[1], k[2]}.count(); }
  int64_t y_count() const { return Shape{y[0], y[1], y[2]}.count(); }
};

/// The dimensions of w [.., .., k..] that are a window.
Shape window_of(const TensorView& w);

/// sum_i a[i] b[i]; whole numbers wrap around.
double inner_product(const double* a, const double* b, int64_t count);
int64_t inner_product(const int64_t* a, const int64_t* b, int64_t count);
inline double sum_of(double a, double b) { return a + b; }
inline int64_t sum_of(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

}  // namespace lathe::backends::reference
