#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// The same elements in row-major order under another shape of the same count.
struct Reshape {
  std::vector<Dim> shape{};

  template <class V>
  void fields(V& v) {
    v.field("shape", shape);
  }
  LATHE_OP_STRUCT(Reshape);
};
Types infer(const Reshape& op, const Types& in);
bool row_form(const Reshape& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
