#include "ops/softmax.h"

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Softmax, softmax, Traits{})

Types infer(const Softmax& op, const Types& in) {
  check_count("softmax", in, 1, 1);
  check_float("softmax", in, 0);
  normalize_axis("softmax", in, op.axis, in[0].rank());
  return {in[0]};
}

bool row_form(const Softmax& op, const RowQuestion& question, RowForm& form) {
  const int64_t axis = question.inner_axis(op.axis, question.inputs[0].rank());
  return axis != 0 && all_rows(question, Softmax{axis, op.log}, form);
}

}  // namespace lathe::ops
