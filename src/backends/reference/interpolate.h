#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "backends/tactic.h"

namespace lathe::backends::reference {

/// The weight at distance t of linear interpolation.
inline double tent(double t) { return std::max(1 - std::abs(t), 0.0); }

/// The same of the cubic convolution of R. Keys (1981), which reaches 2 far.
inline double keys(double t, double a) {
  const double x = std::abs(t);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/// A coordinate that data give as a number with which indices can be counted; what is far away is `far` or
/// -far, NaN is `far`.
inline double bounded(double coordinate, double far = 1e12) {
  if (coordinate < -far) return -far;
  return coordinate <= far ? coordinate : far;
}

/// What an interpolation reads along one dimension: elements `at`, `stride` apart in their tensor; -1 is a zero.
struct Line {
  int64_t at[4] = {};
  double weight[4] = {1, 0, 0, 0};
  int count = 1;
  int64_t stride = 1;
};
/// The sum over all elements that the lines, one a dimension, cross at, from the element `origin` of x on.
double interpolate(const TensorView& x, int64_t origin, std::span<const Line> lines);
/// Between the two elements beside a coordinate, with zeros beyond [0, size).
Line linear_with_zeros(double coordinate, int64_t size, int64_t stride);

}  // namespace lathe::backends::reference
