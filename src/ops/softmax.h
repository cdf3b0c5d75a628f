#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y_i = exp(x_i - max x) / sum_j exp(x_j - max x) along an axis; with `log` its logarithm, x_i - max x - log sum_j
/// exp(x_j - max x), which stays finite where the quotient would be 0. A row of all -inf gives zeros (with `log`:
/// -inf); one with a NaN or +inf gives NaN throughout. ONNX Softmax, LogSoftmax,
/// https://onnx.ai/onnx/operators/onnx__Softmax.html; TensorRT ISoftMaxLayer
struct Softmax {
  int64_t axis{-1};
  bool log{false};

  template <class V>
  void fields(V& v) {
    v.field("axis", axis);
    v.field("log", log);
  }
  LATHE_OP_STRUCT(Softmax);
};
Types infer(const Softmax& op, const Types& in);
bool row_form(const Softmax& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
