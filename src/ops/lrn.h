#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y[n, c, ..] = x[n, c, ..] / (bias + alpha / size * sum_j x[n, j, ..]^2)^beta over the `size` channels j around c, of
/// which there are one more behind c than before it where size is even: c - floor((size - 1)/2) <= j <= c +
/// ceil((size - 1)/2). x [n, c, ..], floating point.
/// ONNX LRN, https://onnx.ai/onnx/operators/onnx__LRN.html; TensorRT ILRNLayer
struct Lrn {
  int64_t size{1};
  double alpha{0.0001};
  double beta{0.75};
  double bias{1};

  template <class V>
  void fields(V& v) {
    v.field("size", size);
    v.field("alpha", alpha);
    v.field("beta", beta);
    v.field("bias", bias);
  }
  LATHE_OP_STRUCT(Lrn);
};
Types infer(const Lrn& op, const Types& in);

}  // namespace lathe::ops
