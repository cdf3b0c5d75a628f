#pragma once
#include "ops/resize.h"

namespace lathe::ops {

enum class GridPadding : uint8_t { zeros, border, reflection };
LATHE_ENUM_TEXT(GridPadding, "grid padding", "zeros", "border", "reflection");

/// y[n, c, p..] = x[n, c, ..] at the place grid[n, p.., :], interpolated; x [n, c, x..] with 1 to 3 spatial dimensions,
/// grid [n, y.., as many], floating point, y [n, c, y..]. The last coordinate is that of the first spatial dimension.
/// From -1 to 1 a coordinate g runs over the elements of a dimension of size m:
///
///   c = (g + 1)/2 (m - 1)  with align_corners,  else ((g + 1) m - 1)/2
///
/// nearest rounds c to even; linear and cubic (Keys, a = -0.75) mix 2 and 4 elements a dimension. Beyond x are zeros or
/// what is at its border, or x goes on mirrored: at its outermost elements with align_corners, else half an element
/// further out. A place that is no number is beyond x.
/// ONNX GridSample, https://onnx.ai/onnx/operators/onnx__GridSample.html; TensorRT IGridSampleLayer
struct GridSample {
  ResizeMode mode{ResizeMode::linear};
  GridPadding padding{GridPadding::zeros};
  bool align_corners{false};

  template <class V>
  void fields(V& v) {
    v.field("mode", mode);
    v.field("padding", padding);
    v.field("align_corners", align_corners);
  }
  LATHE_OP_STRUCT(GridSample);
};
Types infer(const GridSample& op, const Types& in, Equalities& needed);

}  // namespace lathe::ops
