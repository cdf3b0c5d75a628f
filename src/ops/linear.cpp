#include "ops/linear.h"

#include <algorithm>

#include "base/error.h"
#include "ops/expander.h"
#include "ops/matmul.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Linear, linear, Traits{.narrow = true})

Types infer(const Linear& op, const Types& in) {
  check_count("linear", in, 2 + op.epilogue.operands(), 2 + op.epilogue.operands());
  check_float("linear", in, 0);
  check_float("linear", in, 1);
  if (in[0].rank() < 1 || in[1].rank() != 2) reject("linear", in, "x needs a dimension and w needs 2");
  const Dim &k = in[1].shape[op.transposed ? 1 : 0], &n = in[1].shape[op.transposed ? 0 : 1];
  if (!(in[0].shape.back() == k))
    reject("linear", in, fmt::format("x has {} features, w takes {}", in[0].shape.back().str(), k.str()));
  TensorType out{op.out, in[0].shape};
  out.shape.back() = n;
  size_t next = 2;
  for (const EpilogueRecord& record : op.epilogue.records) {
    for (size_t i = 0; i < record.operands(); ++i, ++next) {
      bool residual = record.kind == EpilogueRecord::Kind::residual;
      if (residual ? !(in[next].shape == out.shape) : (in[next].rank() != 1 || !(in[next].shape[0] == n)))
        reject("linear", in, fmt::format("input {} does not fit the output {}", next, to_string(out)));
      check_float("linear", in, next);
    }
  }
  return {out};
}

namespace {

/// Whether an input is x or a residual, which have the rows of the result; the others are weights.
bool has_rows_of_result(const Linear& op, size_t input) {
  return input == 0 || (input >= 2 && op.epilogue.record_of(input - 2).kind == EpilogueRecord::Kind::residual);
}

}  // namespace

bool row_form(const Linear& op, const RowQuestion& question, RowForm& form) {
  return content_rows(
      question, op, [&](size_t i) { return has_rows_of_result(op, i); }, form);
}

/// Biases, gamma and beta stay f32.
bool takes_narrow(const Linear& op, size_t input) { return input == 1 || has_rows_of_result(op, input); }

Dim flops(const Linear& op, const Types& in) {
  return Dim(2) * count_of(in[0].shape) * in[1].shape[op.transposed ? 0 : 1];
}

ExpanderValue expand(const Linear& op, Expander& to, std::span<const ExpanderValue> in) {
  DType working = to.working_type(in);
  if (op.out == DType::f64) working = DType::f64;
  const std::vector<ExpanderValue> wide = to.widened(in, working);
  if (op.out != working || !std::equal(wide.begin(), wide.end(), in.begin())) {
    Linear widened = op;
    widened.out = working;
    return to.cast(to.add(widened, wide), op.out);
  }
  ExpanderValue x = in[0];
  const std::vector<Dim> shape = to.type(x).shape;
  if (shape.size() == 1) x = to.reshape(x, {Dim(1), shape[0]});
  ExpanderValue y = to.add(MatMul{false, op.transposed}, {x, in[1]});
  if (shape.size() == 1) y = to.reshape(y, {to.type(y).shape.back()});
  return expand(op.epilogue, to, y, in.subspan(2));
}

}  // namespace lathe::ops
