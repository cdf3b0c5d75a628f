#pragma once
#include "lathe/layers/shape.h"

namespace lathe {

/// How values between elements are found.
enum class Interpolation : uint8_t { nearest, linear, cubic };

// # resize

/// Which coordinate c of a dimension of size m the element p of n is, s = n / m or the scale.
enum class ResizeCoordinates : uint8_t {
  align_corners,       ///< p (m - 1) / (n - 1)
  asymmetric,          ///< p / s
  half_pixel,          ///< (p + 1/2) / s - 1/2
  half_pixel_or_zero,  ///< the same, but 0 where n is 1 (a selector that takes the upper element)
};
enum class ResizeRounding : uint8_t { half_down, half_up, floor, ceil };
struct ResizeOptions {
  Extents sizes = {};               ///< of all dimensions, or
  std::vector<double> scales = {};  ///< one a dimension: sizes are floor(scale m)
  Interpolation mode = Interpolation::nearest;
  ResizeCoordinates coordinates = ResizeCoordinates::asymmetric;
  ResizeRounding rounding = ResizeRounding::floor;  ///< of Interpolation::nearest
  double cubic_coefficient = -0.75;
  bool exclude_outside = false;  ///< elements beyond x weigh nothing
};
/// y of other sizes, each element interpolated at its coordinates in x.
LATHE_API Tensor resize(const Tensor& x, const ResizeOptions& options);

// # grid_sample

struct GridSampleOptions {
  Interpolation mode = Interpolation::linear;
  bool align_corners = false;
  enum class Beyond : uint8_t { fill, clamp, reflect } beyond = Beyond::fill;  ///< fill: zeros
};
/// y[n, c, p..] = x[n, c, ..] at the place grid[n, p.., :], whose coordinates run from -1 to 1 over x's spatial
/// dimensions, the last coordinate over the first of them.
LATHE_API Tensor grid_sample(const Tensor& x, const Tensor& grid, const GridSampleOptions& options = {});

}  // namespace lathe
