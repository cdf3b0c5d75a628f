#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y[b.., i.., r..] = data[b.., indices[b.., i.., :].., r..]: rows of `indices` [b.., i.., m] are coordinates in the m
/// dimensions of data behind the first `batch_dims`, b.., which both have. m is a constant. Indices: i32 or i64,
/// negative ones count from the end; those outside stop the run with an error (out_of_range). ONNX GatherND,
/// https://onnx.ai/onnx/operators/onnx__GatherND.html; TensorRT IGatherLayer kND
struct GatherNd {
  int64_t batch_dims{0};

  template <class V>
  void fields(V& v) {
    v.field("batch_dims", batch_dims);
  }
  LATHE_OP_STRUCT(GatherNd);
};
Types infer(const GatherNd& op, const Types& in, Equalities& needed);

}  // namespace lathe::ops
