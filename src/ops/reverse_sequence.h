#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y = x with the first lengths[b] elements along `time_axis` in the opposite order, for each b along `batch_axis`;
/// those behind them stay. Inputs: x, lengths i32 or i64 [batch]. A length outside [0, size of the time axis] stops the
/// run with an error (out_of_range). ONNX ReverseSequence, https://onnx.ai/onnx/operators/onnx__ReverseSequence.html;
/// TensorRT IReverseSequenceLayer
struct ReverseSequence {
  int64_t time_axis{0};
  int64_t batch_axis{1};

  template <class V>
  void fields(V& v) {
    v.field("time_axis", time_axis);
    v.field("batch_axis", batch_axis);
  }
  LATHE_OP_STRUCT(ReverseSequence);
};
Types infer(const ReverseSequence& op, const Types& in, Equalities& needed);

}  // namespace lathe::ops
