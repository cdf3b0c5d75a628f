#include "ops/reshape.h"

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Reshape, reshape, Traits{.reshapes = true, .narrow = true})

Types infer(const Reshape& op, const Types& in) {
  check_count("reshape", in, 1, 1);
  if (!(count_of(op.shape) == count_of(in[0].shape)))
    reject("reshape", in,
           fmt::format("cannot become {}: the counts differ or cannot be proved equal", lathe::to_string(op.shape)));
  return {{in[0].dtype, op.shape}};
}

bool row_form(const Reshape& op, const RowQuestion& question, RowForm& form) {
  return all_rows(question, Reshape{question.on_rows(op.shape)}, form);
}

}  // namespace lathe::ops
