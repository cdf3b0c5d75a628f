#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y = the bits of x as elements of another type of the same width. Not to bool, whose bytes are 0 or 1.
/// ONNX BitCast
struct Bitcast {
  DType to{DType::f32};

  template <class V>
  void fields(V& v) {
    v.field("to", to);
  }
  LATHE_OP_STRUCT(Bitcast);
};
Types infer(const Bitcast& op, const Types& in);
bool row_form(const Bitcast& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
