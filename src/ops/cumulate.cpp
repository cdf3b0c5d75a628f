#include "ops/cumulate.h"

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Cumulate, cumulate, Traits{})

Types infer(const Cumulate& op, const Types& in) {
  check_count("cumulate", in, 1, 1);
  if (in[0].dtype == DType::boolean) reject("cumulate", in, "takes numbers");
  normalize_axis("cumulate", in, op.axis, in[0].rank());
  return {in[0]};
}

size_t resolve(Cumulate& op, const Types& in, const Contents& known) {
  check_count("cumulate", in, 1, 2);
  if (in.size() == 1) return 1;
  const std::vector<int64_t> axes = numbers_from("cumulate", in, known, 1, "axis");
  if (axes.size() != 1) reject("cumulate", in, "takes one axis");
  op.axis = axes[0];
  return 1;
}

bool row_form(const Cumulate& op, const RowQuestion& question, RowForm& form) {
  Cumulate on_rows = op;
  on_rows.axis = question.inner_axis(op.axis, question.inputs[0].rank());
  return on_rows.axis != 0 && all_rows(question, on_rows, form);
}

}  // namespace lathe::ops
