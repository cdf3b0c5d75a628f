#pragma once
#include "ops/epilogue.h"
#include "ops/window.h"

namespace lathe::ops {

/// y[n, o, p..] = b[o] + sum_{c, j..} w[o, c, j..] x[n, g C + c, p * stride - before + j * dilation ..] with zeros
/// beyond x, C = channels of x / groups and g = the group of o, of which each has as many outputs. x [n, c, x..] with 1
/// to 3 spatial dimensions, w [o, C, k..], perhaps b [o]; y [n, o, y..], sizes as ops/window.h has them. Floats
/// accumulate in double; i32 and i64 wrap around.
///
/// With `channels_last`, x [n, x.., c], w [k.., C, o], y [n, y.., o], and instead of b an epilogue of floats, as that
/// of ops/linear.h, whose operands follow w. ONNX Conv, https://onnx.ai/onnx/operators/onnx__Conv.html; TensorRT
/// IConvolutionLayer
struct Conv {
  Window window{};
  int64_t groups{1};
  bool channels_last{false};
  Epilogue epilogue{};  ///< only channels_last

  template <class V>
  void fields(V& v) {
    window.fields(v);
    v.field("groups", groups);
    v.field("channels_last", channels_last);
    v.field("epilogue", epilogue);
  }
  LATHE_OP_STRUCT(Conv);
};
Types infer(const Conv& op, const Types& in, Equalities& needed);
Dim flops(const Conv& op, const Types& in);
/// The epilogue apart, or w as channels first have it between transposes.
ExpanderValue expand(const Conv& op, Expander& to, std::span<const ExpanderValue> in);

/// Of x, w and perhaps a bias of a convolution: one type, floating point, i32 or i64, and as many dimensions.
void check_conv_operands(std::string_view op, const Types& in, const Window& window, int64_t groups, bool crops);

}  // namespace lathe::ops
