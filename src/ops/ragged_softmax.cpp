#include "ops/ragged_softmax.h"

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(RaggedSoftmax, ragged_softmax, Traits{})

Types infer(const RaggedSoftmax& /*op*/, const Types& in, Equalities& needed) {
  check_count("ragged_softmax", in, 2, 2);
  check_float("ragged_softmax", in, 0);
  check_index_type("ragged_softmax", in, 1);
  if (in[0].rank() < 1 || in[1].rank() != in[0].rank()) reject("ragged_softmax", in, "x [.., n] needs lengths [.., 1]");
  for (int d = 0; d < in[0].rank(); ++d)
    need_equal("ragged_softmax", in, in[1].shape[d], d + 1 == in[0].rank() ? Dim(1) : in[0].shape[d],
               "x [.., n] needs lengths [.., 1]", needed);
  return {in[0]};
}

bool row_form(const RaggedSoftmax& op, const RowQuestion& question, RowForm& form) {
  return content_rows(
      question, op, [](size_t) { return true; }, form);
}

}  // namespace lathe::ops
