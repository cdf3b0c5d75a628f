#pragma once
#include "ops/window.h"

namespace lathe::ops {

/// A convolution (ops/conv.h) whose window has its elements elsewhere: instead of x at p * stride - before +
/// j * dilation it takes x at that place plus an offset, interpolated linearly with zeros beyond x, times a mask.
///
/// Inputs: x [n, c, x..] with 1 to 3 spatial dimensions, w [o, c / groups, k..], offset [n, G k.. d, y..], then with
/// `bias` b [o], with `mask` m [n, G k.., y..], all of one floating-point type. G = offset_groups of c / G channels
/// each have offsets and masks of their own; the d offsets of an element lie in the order of the spatial dimensions.
/// ONNX DeformConv, https://onnx.ai/onnx/operators/onnx__DeformConv.html
struct DeformConv {
  Window window{};
  int64_t groups{1};
  int64_t offset_groups{1};
  bool bias{false};
  bool mask{false};

  template <class V>
  void fields(V& v) {
    window.fields(v);
    v.field("groups", groups);
    v.field("offset_groups", offset_groups);
    v.field("bias", bias);
    v.field("mask", mask);
  }
  LATHE_OP_STRUCT(DeformConv);
};
Types infer(const DeformConv& op, const Types& in, Equalities& needed);
Dim flops(const DeformConv& op, const Types& in);

}  // namespace lathe::ops
