#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y_i = exp(x_i - max x) / sum_j exp(x_j - max x) along an axis. A row of all -inf gives
/// zeros; one with a NaN or +inf gives NaN throughout.
struct Softmax {
  int64_t axis{-1};

  template <class V>
  void fields(V& v) {
    v.field("axis", axis);
  }
  LATHE_OP_STRUCT(Softmax);
};
Types infer(const Softmax& op, const Types& in);
bool row_form(const Softmax& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
