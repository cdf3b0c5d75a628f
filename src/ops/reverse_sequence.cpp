#include "ops/reverse_sequence.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(ReverseSequence, reverse_sequence, Traits{})

Types infer(const ReverseSequence& op, const Types& in, Equalities& needed) {
  check_count("reverse_sequence", in, 2, 2);
  check_index_type("reverse_sequence", in, 1);
  const int time = normalize_axis("reverse_sequence", in, op.time_axis, in[0].rank()),
            batch = normalize_axis("reverse_sequence", in, op.batch_axis, in[0].rank());
  if (time == batch) reject("reverse_sequence", in, "both axes are one");
  if (in[1].rank() != 1) reject("reverse_sequence", in, "the lengths must be a vector");
  need_equal("reverse_sequence", in, in[1].shape[0], in[0].shape[static_cast<size_t>(batch)],
             "every sequence needs a length", needed);
  return {in[0]};
}

}  // namespace lathe::ops
