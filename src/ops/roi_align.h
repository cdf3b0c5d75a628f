#pragma once
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe::ops {

enum class RoiMode : uint8_t { average, max };
LATHE_ENUM_TEXT(RoiMode, "region mode", "average", "max");

/// y[r, c, i, j] is pooled from the (i, j)-th of height * width equal parts of region r of x [n, c, h, w]. Regions
/// [r, 4] are x1, y1, x2, y2, times `scale` places in x, less 1/2 with `half_pixel`; without that they are at least 1
/// wide and high. batch [r], i32 or i64, says which of the n. Each part has `sampling_ratio` samples along each side,
/// or where that is 0 ceil(region / parts), in the middle of as many equal pieces. A sample lies between 4 elements,
/// which have the weights of bilinear interpolation; it is 0 beyond [-1, h] and [-1, w], and on the border otherwise.
///
///   average  the mean of the samples; 0 of none
///   max      the largest weighted element of all samples; 0 of none
///
/// Numbers in `batch` outside [0, n), and regions of more than 4096 samples along a side of a part, stop the run with
/// an error. x and regions are floating point. ONNX RoiAlign, https://onnx.ai/onnx/operators/onnx__RoiAlign.html;
/// TensorRT's plugin ROIAlign
struct RoiAlign {
  RoiMode mode{RoiMode::average};
  int64_t height{1};
  int64_t width{1};
  int64_t sampling_ratio{0};
  double scale{1};
  bool half_pixel{true};  ///< false: output_half_pixel

  template <class V>
  void fields(V& v) {
    v.field("mode", mode);
    v.field("height", height);
    v.field("width", width);
    v.field("sampling_ratio", sampling_ratio);
    v.field("scale", scale);
    v.field("half_pixel", half_pixel);
  }
  LATHE_OP_STRUCT(RoiAlign);
};
Types infer(const RoiAlign& op, const Types& in, Equalities& needed);
std::vector<Lookup> lookups(const RoiAlign& op);

inline constexpr int64_t kMostRoiSamples = 4096;

}  // namespace lathe::ops
