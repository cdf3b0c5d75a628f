#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y has dimension i of size x.shape[perm[i]]: the axes of x in another order.
struct Transpose {
  std::vector<int64_t> perm{};

  template <class V>
  void fields(V& v) {
    v.field("perm", perm);
  }
  LATHE_OP_STRUCT(Transpose);
};
Types infer(const Transpose& op, const Types& in);
bool row_form(const Transpose& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
