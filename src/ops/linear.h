#pragma once
#include "ops/epilogue.h"
#include "ops/op.h"

namespace lathe::ops {

/// Y[.., n] = epilogue(X[.., k] W), W [k, n], or [n, k] when `transposed`. Inputs: x, w, then the epilogue's operands.
/// Products accumulate in FP32; the epilogue works in FP32; `out` is the type that is stored.
struct Linear {
  Epilogue epilogue{};
  bool transposed{false};  ///< w is [n, k], as nn.Linear stores it
  DType out{DType::f32};

  template <class V>
  void fields(V& v) {
    v.field("epilogue", epilogue);
    v.field("transposed", transposed);
    v.field("out", out);
  }
  LATHE_OP_STRUCT(Linear);
};
Types infer(const Linear& op, const Types& in);
bool row_form(const Linear& op, const RowQuestion& question, RowForm& form);
bool takes_narrow(const Linear& op, size_t input);
ExpanderValue expand(const Linear& op, Expander& to, std::span<const ExpanderValue> in);
Dim flops(const Linear& op, const Types& in);

}  // namespace lathe::ops
