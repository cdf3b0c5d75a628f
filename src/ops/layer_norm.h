#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y = (s - mean(s)) / sqrt(var(s) + epsilon) * gamma + beta over the last dimension, s = x (+ residual); var is the
/// biased variance (Ba, Kiros, Hinton 2016). Inputs: x, residual where asked for, gamma, beta.
struct LayerNorm {
  double epsilon{1e-12};
  bool residual{false};

  template <class V>
  void fields(V& v) {
    v.field("epsilon", epsilon);
    v.field("residual", residual);
  }
  LATHE_OP_STRUCT(LayerNorm);
};
Types infer(const LayerNorm& op, const Types& in);
bool row_form(const LayerNorm& op, const RowQuestion& question, RowForm& form);
bool takes_narrow(const LayerNorm& op, size_t input);
ExpanderValue expand(const LayerNorm& op, Expander& to, std::span<const ExpanderValue> in);

}  // namespace lathe::ops
