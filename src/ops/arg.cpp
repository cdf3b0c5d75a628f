#include "ops/arg.h"

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Arg, arg, Traits{})

Types infer(const Arg& op, const Types& in) {
  check_count("arg", in, 1, 1);
  const auto axis = static_cast<size_t>(normalize_axis("arg", in, op.axis, in[0].rank()));
  TensorType out{DType::i64, {}};
  for (size_t i = 0; i < in[0].shape.size(); ++i) {
    if (i != axis)
      out.shape.push_back(in[0].shape[i]);
    else if (op.keep_dims)
      out.shape.emplace_back(1);
  }
  return {out};
}

bool row_form(const Arg& op, const RowQuestion& question, RowForm& form) {
  Arg on_rows = op;
  on_rows.axis = question.inner_axis(op.axis, question.inputs[0].rank());
  return on_rows.axis != 0 && all_rows(question, on_rows, form);
}

}  // namespace lathe::ops
