#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// Y[.., m, n] = A[.., m, k] B[.., k, n], with A or B read transposed on request; leading dimensions broadcast.
struct MatMul {
  bool transpose_a{false};  ///< A is [.., k, m]
  bool transpose_b{false};  ///< B is [.., n, k]

  template <class V>
  void fields(V& v) {
    v.field("transpose_a", transpose_a);
    v.field("transpose_b", transpose_b);
  }
  LATHE_OP_STRUCT(MatMul);
};
Types infer(const MatMul& op, const Types& in, Equalities& needed);
bool row_form(const MatMul& op, const RowQuestion& question, RowForm& form);
Dim flops(const MatMul& op, const Types& in);

}  // namespace lathe::ops
