#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// A tensor without inputs: every element `start`, or start + step * (index along `axis`). An input may give the shape,
/// i32 or i64 [rank], known from sizes. ONNX ConstantOfShape, https://onnx.ai/onnx/operators/onnx__ConstantOfShape.html
struct Fill {
  DType dtype{DType::f32};
  std::vector<Dim> shape{};
  double start{0};
  double step{0};
  int64_t axis{-1};  ///< the axis along which values step

  template <class V>
  void fields(V& v) {
    v.field("dtype", dtype);
    v.field("shape", shape);
    v.field("start", start);
    v.field("step", step);
    v.field("axis", axis);
  }
  LATHE_OP_STRUCT(Fill);
};
Types infer(const Fill& op, const Types& in);
size_t resolve(Fill& op, const Types& in, const Contents& known);
Elements elements(const Fill& op, const Types& in, const Contents& known);

}  // namespace lathe::ops
