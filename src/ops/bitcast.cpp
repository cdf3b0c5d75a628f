#include "ops/bitcast.h"

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Bitcast, bitcast, Traits{})

Types infer(const Bitcast& op, const Types& in) {
  check_count("bitcast", in, 1, 1);
  if (bits_of(op.to) != bits_of(in[0].dtype))
    reject("bitcast", in, fmt::format("{} has another width", lathe::to_string(op.to)));
  if (op.to == DType::boolean && in[0].dtype != DType::boolean) reject("bitcast", in, "any byte is no bool");
  return {{op.to, in[0].shape}};
}

bool row_form(const Bitcast& op, const RowQuestion& question, RowForm& form) {
  return elementwise_rows(question, op, form);
}

}  // namespace lathe::ops
