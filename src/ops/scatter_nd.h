#pragma once
#include "ops/op.h"
#include "ops/scatter_elements.h"

namespace lathe::ops {

/// y = data, in which y[indices[i.., :].., r..] = updates[i.., r..], or that joined with it by `reduction`. Inputs:
/// data, indices i32 or i64 [i.., m] with m coordinates in data's first dimensions, a constant, updates [i.., r..] of
/// data's type. Negative indices count from the end; those outside stop the run with an error (out_of_range). Of equal
/// places, updates follow in row-major order. Arithmetic is that of Binary; each result is rounded to data's type. ONNX
/// ScatterND, https://onnx.ai/onnx/operators/onnx__ScatterND.html; TensorRT IScatterLayer kND
struct ScatterNd {
  ScatterReduction reduction{ScatterReduction::none};

  template <class V>
  void fields(V& v) {
    v.field("reduction", reduction);
  }
  LATHE_OP_STRUCT(ScatterNd);
};
Types infer(const ScatterNd& op, const Types& in, Equalities& needed);

}  // namespace lathe::ops
