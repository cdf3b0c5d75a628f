#include "ops/cast.h"

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Cast, cast, Traits{})

Types infer(const Cast& op, const Types& in) {
  check_count("cast", in, 1, 1);
  return {{op.to, in[0].shape}};
}

bool row_form(const Cast& op, const RowQuestion& question, RowForm& form) {
  return elementwise_rows(question, op, form);
}

}  // namespace lathe::ops
