#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y[b..] = det x[b.., :, :] of square matrices, x [b.., n, n] of floats; 1 for n = 0. By Gaussian elimination with
/// partial pivoting. ONNX Det, https://onnx.ai/onnx/operators/onnx__Det.html
struct Determinant {
  template <class V>
  void fields(V&) {}
  LATHE_OP_STRUCT(Determinant);
};
Types infer(const Determinant& op, const Types& in, Equalities& needed);

}  // namespace lathe::ops
