#pragma once
#include "ops/window.h"

namespace lathe::ops {

/// The transposed convolution: x[n, c, i..] w[c, o, j..] is added to y[n, g O + o, i * stride - before + j * dilation
/// ..] where that is in y, over all c of group g; then b is added. x [n, c, x..] with 1 to 3 spatial dimensions, w [c,
/// O, k..] with O = channels of y / groups, perhaps b [O groups]; y [n, O groups, y..] with
///
///   y = (x - 1) stride + dilation (k - 1) + 1 - before - after + output_padding
///
/// so that `after` and `output_padding` say only where y ends. Negative padding makes y larger than windows reach.
/// Floats accumulate in double; i32 and i64 wrap around.
/// ONNX ConvTranspose, https://onnx.ai/onnx/operators/onnx__ConvTranspose.html; TensorRT IDeconvolutionLayer
struct Deconv {
  Window window{};
  std::vector<Dim> output_padding{};  ///< empty: none
  int64_t groups{1};

  template <class V>
  void fields(V& v) {
    window.fields(v);
    v.field("output_padding", output_padding);
    v.field("groups", groups);
  }
  LATHE_OP_STRUCT(Deconv);
};
Types infer(const Deconv& op, const Types& in, Equalities& needed);
Dim flops(const Deconv& op, const Types& in);

}  // namespace lathe::ops
