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
  /// The elements of the window at place p of dimension d that lie in x: the first one at `at`, the others `dilation`
  /// apart.
  struct Run {
    int64_t at, count;
  };
  Run in_x(int d, int64_t p) const;
  /// How many of its elements lie in x or its padding.
  int64_t in_room(int d, int64_t p) const;
  /// f(index in x) for each element of the window at p that lies in x, in order; no others are walked over.
  template <class F>
  void for_each_read(int64_t p, F f) const {
    const Run r0 = in_x(0, p / y[2] / y[1]), r1 = in_x(1, p / y[2] % y[1]), r2 = in_x(2, p % y[2]);
    for (int64_t j0 = 0; j0 < r0.count; ++j0)
      for (int64_t j1 = 0; j1 < r1.count; ++j1) {
        const int64_t line = ((r0.at + j0 * dilation[0]) * x[1] + r1.at + j1 * dilation[1]) * x[2];
        for (int64_t j2 = 0; j2 < r2.count; ++j2) f(line + r2.at + j2 * dilation[2]);
      }
  }
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
