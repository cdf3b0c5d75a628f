#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// Rotary positions (Su et al. 2021, RoFormer) of heads that lie side by side in the last dimension. Of each head the
/// first `width` elements are width / 2 pairs (a, b), which turn by the angle of their row; the others stay:
///
///   a' = a cos - b sin      pair i:  x[i], x[i + width / 2], or where interleaved  x[2 i], x[2 i + 1]
///   b' = b cos + a sin
///
/// x [.., heads*head_dim], a float; cosine and sine of one type [.., width / 2], an element a pair, or [.., width], an
/// element an x. Dimensions before are x's, or leading ones are 1, over which they repeat: [1, seq, width] serves all
/// of [batch, seq, heads*head_dim]. width is even and 2 .. head_dim. The result has x's type.
/// ONNX RotaryEmbedding, https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html
struct Rotary {
  int64_t heads{1};
  int64_t width{2};
  bool interleaved{false};

  template <class V>
  void fields(V& v) {
    v.field("heads", heads);
    v.field("width", width);
    v.field("interleaved", interleaved);
  }
  LATHE_OP_STRUCT(Rotary);
};
Types infer(const Rotary& op, const Types& in);
bool takes_narrow(const Rotary& op, size_t input);
bool row_form(const Rotary& op, const RowQuestion& question, RowForm& form);
ExpanderValue expand(const Rotary& op, Expander& to, std::span<const ExpanderValue> in);

}  // namespace lathe::ops
