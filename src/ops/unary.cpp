#include "ops/unary.h"

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Unary, unary, Traits{})

Types infer(const Unary& /*op*/, const Types& in) {
  check_count("unary", in, 1, 1);
  check_float("unary", in, 0);
  return {in[0]};
}

bool row_form(const Unary& op, const RowQuestion& question, RowForm& form) {
  return elementwise_rows(question, op, form);
}

}  // namespace lathe::ops
