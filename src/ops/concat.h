#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// Inputs one after the other along an axis; all other dimensions are equal.
struct Concat {
  int64_t axis{0};

  template <class V>
  void fields(V& v) {
    v.field("axis", axis);
  }
  LATHE_OP_STRUCT(Concat);
};
Types infer(const Concat& op, const Types& in, Equalities& needed);
Elements elements(const Concat& op, const Types& in, const Contents& known);
bool row_form(const Concat& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
