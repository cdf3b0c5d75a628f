#pragma once
#include "base/activation.h"
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe {
LATHE_ENUM_TEXT(Activation, "activation", "none", "relu", "tanh", "gelu", "gelu_tanh");
}  // namespace lathe

namespace lathe::ops {

/// y = f(x) element by element. gelu: x/2 (1 + erf(x/sqrt 2)); gelu_tanh: its tanh form (Hendrycks, Gimpel 2016).
struct Act {
  Activation kind{Activation::none};

  template <class V>
  void fields(V& v) {
    v.field("kind", kind);
  }
  LATHE_OP_STRUCT(Act);
};
Types infer(const Act& op, const Types& in);
bool row_form(const Act& op, const RowQuestion& question, RowForm& form);
ExpanderValue expand(const Act& op, Expander& to, std::span<const ExpanderValue> in);

}  // namespace lathe::ops
