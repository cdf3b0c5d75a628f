#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// x repeated to the shape that it and `shape` broadcast to, as numpy does. A second input may give the shape, i32 or
/// i64 [rank], known from sizes; a dimension -1 keeps that of x.
/// ONNX Expand, https://onnx.ai/onnx/operators/onnx__Expand.html
struct Expand {
  std::vector<Dim> shape{};

  template <class V>
  void fields(V& v) {
    v.field("shape", shape);
  }
  LATHE_OP_STRUCT(Expand);
};
Types infer(const Expand& op, const Types& in, Equalities& needed);
size_t resolve(Expand& op, const Types& in, const Contents& known);
Elements elements(const Expand& op, const Types& in, const Contents& known);

}  // namespace lathe::ops
