#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// The same elements in row-major order under another shape of the same count.
///
/// A second input may give the shape, i32 or i64 [rank], known from sizes: an element 0 is the dimension of x in that
/// place. A dimension -1, there or in `shape`, is what the others leave. Elements that are numbers of a run may be
/// either. ONNX Reshape, https://onnx.ai/onnx/operators/onnx__Reshape.html
struct Reshape {
  std::vector<Dim> shape{};

  template <class V>
  void fields(V& v) {
    v.field("shape", shape);
  }
  LATHE_OP_STRUCT(Reshape);
};
Types infer(const Reshape& op, const Types& in, Equalities& needed);
size_t resolve(Reshape& op, const Types& in, const Contents& known);
Elements elements(const Reshape& op, const Types& in, const Contents& known);
bool row_form(const Reshape& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
