#pragma once
#include "base/activation.h"
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe {
LATHE_ENUM_TEXT(Activation, "activation", "none", "relu", "tanh", "gelu", "gelu_tanh", "sigmoid", "silu", "softplus",
                "softsign", "elu", "selu", "celu", "leaky_relu", "thresholded_relu", "clip", "hard_sigmoid",
                "hard_swish", "scaled_tanh", "mish");
}  // namespace lathe

namespace lathe::ops {

using ActKind = Activation;

/// y = f(x), element by element, of floats; a = alpha, b = beta. NaN gives NaN.
///
///   relu              max(x, 0)                       tanh           tanh x
///   gelu              x/2 (1 + erf(x / sqrt 2))       gelu_tanh      its tanh form (Hendrycks, Gimpel 2016)
///   sigmoid           1 / (1 + exp(-x))               silu           x sigmoid(a x)
///   softplus          a log(exp(b x) + 1)             softsign       x / (1 + |x|)
///   elu               x < 0: a (exp(x) - 1)           selu           b elu(x)
///   celu              x < 0: a (exp(x / a) - 1)       leaky_relu     x < 0: a x
///   thresholded_relu  x <= a: 0                       clip           min(max(x, a), b)
///   hard_sigmoid      min(max(a x + b, 0), 1)         hard_swish     x min(max(x / 6 + 1/2, 0), 1)
///   scaled_tanh       a tanh(b x)                     mish           x tanh(log(exp(x) + 1))
///
/// Where a case is given, x stays as it is in the other. celu's alpha is not 0. ONNX Elu, Selu, Clip, Swish, ..;
/// TensorRT ActivationType
struct Act {
  ActKind kind{ActKind::none};
  double alpha{1};
  double beta{1};

  Act() = default;
  Act(ActKind k, double a = 1, double b = 1) : kind(k), alpha(a), beta(b) {}  // NOLINT(google-explicit-constructor)

  template <class V>
  void fields(V& v) {
    v.field("kind", kind);
    v.field("alpha", alpha);
    v.field("beta", beta);
  }
  LATHE_OP_STRUCT(Act);
};
Types infer(const Act& op, const Types& in);
bool row_form(const Act& op, const RowQuestion& question, RowForm& form);
ExpanderValue expand(const Act& op, Expander& to, std::span<const ExpanderValue> in);

}  // namespace lathe::ops
