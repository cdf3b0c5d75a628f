#include "ops/matmul.h"

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(MatMul, matmul, Traits{})

Types infer(const MatMul& op, const Types& in, Equalities& needed) {
  check_count("matmul", in, 2, 2);
  const TensorType &a = in[0], &b = in[1];
  if (a.rank() < 2 || b.rank() < 2) reject("matmul", in, "inputs need at least 2 dimensions");
  if (a.dtype != b.dtype) reject("matmul", in, "both inputs must have the same type");
  const Dim& m = a.shape[a.rank() - (op.transpose_a ? 1 : 2)];
  const Dim& ka = a.shape[a.rank() - (op.transpose_a ? 2 : 1)];
  const Dim& kb = b.shape[b.rank() - (op.transpose_b ? 1 : 2)];
  const Dim& n = b.shape[b.rank() - (op.transpose_b ? 2 : 1)];
  need_equal("matmul", in, ka, kb, fmt::format("inner dimensions {} and {} differ", ka.str(), kb.str()), needed);
  std::vector<Dim> shape =
      broadcast("matmul", in, {a.shape.begin(), a.shape.end() - 2}, {b.shape.begin(), b.shape.end() - 2}, needed);
  shape.push_back(m);
  shape.push_back(n);
  return {{a.dtype, shape}};
}

Dim flops(const MatMul& op, const Types& in) {
  Equalities needed;
  const Dim& inner = in[0].shape[in[0].shape.size() - (op.transpose_a ? 2 : 1)];
  return Dim(2) * count_of(infer(op, in, needed)[0].shape) * inner;
}

/// The rows of A, by one B.
bool row_form(const MatMul& op, const RowQuestion& question, RowForm& form) {
  const int rank = question.inputs[0].rank();
  const bool leading = rank > question.leading() + 1 || (rank == question.leading() + 1 && !op.transpose_a);
  form = {op, {RowOperand::rows, RowOperand::shared}};
  return question.rows(0) && leading && question.inputs[1].rank() == 2 && !question.rows(1);
}

}  // namespace lathe::ops
