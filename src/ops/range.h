#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y[i] = start + i * step, as long as that is below `limit` (above it for a negative step): i32 or i64
/// [max(0, ceildiv(limit - start, step))]. Inputs may give start, limit and step, each [] or [1] and known from sizes.
/// ONNX Range, https://onnx.ai/onnx/operators/onnx__Range.html
struct Range {
  DType dtype{DType::i64};
  Dim start{0};
  Dim limit{0};
  int64_t step{1};

  template <class V>
  void fields(V& v) {
    v.field("dtype", dtype);
    v.field("start", start);
    v.field("limit", limit);
    v.field("step", step);
  }
  LATHE_OP_STRUCT(Range);
};
Types infer(const Range& op, const Types& in);
size_t resolve(Range& op, const Types& in, const Contents& known);
Elements elements(const Range& op, const Types& in, const Contents& known);

}  // namespace lathe::ops
