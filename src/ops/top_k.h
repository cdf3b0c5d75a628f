#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// The k largest (smallest) elements of x along an axis, and where each stood: values of x's type and indices i64, both
/// with size k along the axis. Of equal elements the one with the lower index comes first; NaN counts as the largest.
/// `sorted`: by rank; else the order is whatever the backend likes. k beyond the size of the axis is refused, or stops
/// the run with an error (out_of_range) where only a run knows it. A second input, i32 or i64, of one element that is
/// known from sizes may give k. ONNX TopK, https://onnx.ai/onnx/operators/onnx__TopK.html; TensorRT ITopKLayer
struct TopK {
  Dim k{0};
  int64_t axis{-1};
  bool largest{true};
  bool sorted{true};

  template <class V>
  void fields(V& v) {
    v.field("k", k);
    v.field("axis", axis);
    v.field("largest", largest);
    v.field("sorted", sorted);
  }
  LATHE_OP_STRUCT(TopK);
};
Types infer(const TopK& op, const Types& in);
size_t resolve(TopK& op, const Types& in, const Contents& known);

}  // namespace lathe::ops
