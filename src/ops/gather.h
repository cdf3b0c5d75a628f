#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y[a.., i.., b..] = data[a.., indices[i..], b..] where a are the dimensions before `axis` and b those after it.
/// With `from_end`, an index i < 0 means i + size of the axis. Indices outside [0, size of the axis) stop the run with
/// an error. ONNX Gather (from_end), https://onnx.ai/onnx/operators/onnx__Gather.html; TensorRT IGatherLayer
struct Gather {
  int64_t axis{0};
  bool from_end{false};

  template <class V>
  void fields(V& v) {
    v.field("axis", axis);
    v.field("from_end", from_end);
  }
  LATHE_OP_STRUCT(Gather);
};
Types infer(const Gather& op, const Types& in);
Elements elements(const Gather& op, const Types& in, const Contents& known);
bool row_form(const Gather& op, const RowQuestion& question, RowForm& form);
std::vector<Lookup> lookups(const Gather& op);

}  // namespace lathe::ops
