#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// The sizes of x: i32 or i64 [rank of x]. ONNX Shape, https://onnx.ai/onnx/operators/onnx__Shape.html
struct ShapeOf {
  DType dtype{DType::i64};

  template <class V>
  void fields(V& v) {
    v.field("dtype", dtype);
  }
  LATHE_OP_STRUCT(ShapeOf);
};
Types infer(const ShapeOf& op, const Types& in);
Elements elements(const ShapeOf& op, const Types& in, const Contents& known);

}  // namespace lathe::ops
