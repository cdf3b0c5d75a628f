#pragma once
#include "ops/enum_text.h"
#include "ops/numbers.h"
#include "ops/op.h"

namespace lathe::ops {

enum class ResizeMode : uint8_t { nearest, linear, cubic };
LATHE_ENUM_TEXT(ResizeMode, "resize mode", "nearest", "linear", "cubic");

enum class ResizeRounding : uint8_t { round_prefer_floor, round_prefer_ceil, floor, ceil };
LATHE_ENUM_TEXT(ResizeRounding, "rounding", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil");

enum class ResizeCoordinates : uint8_t {
  half_pixel,
  half_pixel_symmetric,
  pytorch_half_pixel,
  align_corners,
  asymmetric,
  tf_half_pixel_for_nn,
  tf_crop_and_resize
};
LATHE_ENUM_TEXT(ResizeCoordinates, "coordinates", "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",
                "align_corners", "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize");

/// y of size `shape` with y[p..] = sum over elements i.. of x of the product over dimensions of w(i - c(p)), where
/// c(p), of a dimension that goes from size m to n by `scale` (one a dimension; none given: n / m), with l = scale m,
/// is
///
///   half_pixel            (p + 1/2) / scale - 1/2
///   half_pixel_symmetric  the same + m/2 (1 - n/l)
///   pytorch_half_pixel    the same as half_pixel, but 0 where n is 1
///   align_corners         p (m - 1) / (l - 1), or 0 where l is 1
///   asymmetric            p / scale
///   tf_half_pixel_for_nn  (p + 1/2) / scale
///   tf_crop_and_resize    (m - 1) (a + p (b - a) / (l - 1)), or at (a + b) / 2 where l is 1, with a = roi[d] and b =
///                         roi[rank + d]; y is `extrapolation` where c is outside [0, m - 1]
///
/// and w 1 at c rounded by `rounding` (nearest), 1 - |t| (linear), or Keys' cubic of `cubic_a`. Elements beyond x
/// repeat its last ones or, with `exclude_outside`, weigh nothing and the others more. With `antialias` w is stretched
/// by 1 / scale where scale < 1, and normalised. A dimension of the same size by scale 1 stays as it is, but of a roi
/// other than (0, 1). Whole numbers are rounded to nearest even and saturate.
///
/// A second input may give the shape, i32 or i64 [rank], known from sizes; with a third, constant one, that of the axes
/// which it names.
/// ONNX Resize, https://onnx.ai/onnx/operators/onnx__Resize.html, Upsample (asymmetric, floor); TensorRT IResizeLayer
struct Resize {
  ResizeMode mode{ResizeMode::nearest};
  ResizeCoordinates coordinates{ResizeCoordinates::half_pixel};
  ResizeRounding rounding{ResizeRounding::round_prefer_floor};
  std::vector<Dim> shape{};
  Numbers scales{};  ///< empty: those of the sizes
  Numbers roi{};     ///< every start, then every end; empty: (0, 1)
  double cubic_a{-0.75};
  bool exclude_outside{false};
  bool antialias{false};
  double extrapolation{0};

  template <class V>
  void fields(V& v) {
    v.field("mode", mode);
    v.field("coordinates", coordinates);
    v.field("rounding", rounding);
    v.field("shape", shape);
    v.field("scales", scales);
    v.field("roi", roi);
    v.field("cubic_a", cubic_a);
    v.field("exclude_outside", exclude_outside);
    v.field("antialias", antialias);
    v.field("extrapolation", extrapolation);
  }
  LATHE_OP_STRUCT(Resize);
};
Types infer(const Resize& op, const Types& in);
size_t resolve(Resize& op, const Types& in, const Contents& known);

}  // namespace lathe::ops
