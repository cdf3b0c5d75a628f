#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y = x in another element type. Narrowing of floats rounds to nearest even; float to integer truncates; to bool: x !=
/// 0.
struct Cast {
  DType to{DType::f32};

  template <class V>
  void fields(V& v) {
    v.field("to", to);
  }
  LATHE_OP_STRUCT(Cast);
};
Types infer(const Cast& op, const Types& in);
Elements elements(const Cast& op, const Types& in, const Contents& known);
bool row_form(const Cast& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
