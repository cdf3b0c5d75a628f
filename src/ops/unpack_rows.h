#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// Rows back into a padded tensor: y [leading.., rest..] is zero except y.flat_row[token_index[i]] = x[i], indices in
/// any order; of equal ones the last counts. Inputs: x [tokens, rest..], token_index i32 or i64 [tokens]. An index that
/// is negative or not below the product of `leading` is a fault (out_of_range). Not spelt in simpler ops: none writes
/// where data says.
struct UnpackRows {
  std::vector<Dim> leading{};

  template <class V>
  void fields(V& v) {
    v.field("leading", leading);
  }
  LATHE_OP_STRUCT(UnpackRows);
};
Types infer(const UnpackRows& op, const Types& in);

}  // namespace lathe::ops
