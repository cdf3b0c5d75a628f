#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y[r, c, i, j] = the maximum of the (i, j)-th of height * width parts of region r of x [n, c, h, w]; 0 of a part
/// without elements. Regions [r, 5] are which of the n, x1, y1, x2, y2, of x's type; the places times `scale` are
/// rounded, halves away from 0, and both ends belong to the region, which is at least one element wide and high. Of m
/// elements from s on, part i of k has those from s + floor(i m / k) to below s + ceil((i + 1) m / k) that are in x.
/// Regions of an item outside [0, n) stop the run with an error (out_of_range), as do those that are no numbers.
/// ONNX MaxRoiPool, https://onnx.ai/onnx/operators/onnx__MaxRoiPool.html
struct MaxRoiPool {
  int64_t height{1};
  int64_t width{1};
  double scale{1};

  template <class V>
  void fields(V& v) {
    v.field("height", height);
    v.field("width", width);
    v.field("scale", scale);
  }
  LATHE_OP_STRUCT(MaxRoiPool);
};
Types infer(const MaxRoiPool& op, const Types& in, Equalities& needed);

}  // namespace lathe::ops
