#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// The softmax (ops/softmax.h) of the first `length` numbers of each row of x [.., n], 0 behind them. Lengths are i32
/// or i64 [.., 1]; one outside [0, n] stops the run with an error (out_of_range). TensorRT IRaggedSoftMaxLayer
struct RaggedSoftmax {
  template <class V>
  void fields(V&) {}
  LATHE_OP_STRUCT(RaggedSoftmax);
};
Types infer(const RaggedSoftmax& op, const Types& in, Equalities& needed);
bool row_form(const RaggedSoftmax& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
