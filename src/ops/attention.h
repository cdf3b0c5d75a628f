#pragma once
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe::ops {

enum class AttentionMask : uint8_t { none, keys, packed };
LATHE_ENUM_TEXT(AttentionMask, "attention mask", "none", "keys", "packed");

/// Scaled dot-product attention (Vaswani et al. 2017) over heads that lie side by side in the last dimension:
///
///   y_h[i] = sum_j softmax_j(scale * q_h[i] . k_h[j]) v_h[j]      h = 0 .. heads-1, j over the keys that i may see
///
/// mask = none:    q, k, v [batch, seq, heads*head_dim]; every key is seen
/// mask = keys:    + mask [batch, seq]: keys whose mask is 0 have weight 0 (their v must be finite); a row without keys
/// gives
///                 zeros
/// mask = packed:  q, k, v [tokens, heads*head_dim], + cu_seqlens i32 [batch + 1]: token i sees its own sequence
/// The packed form has no spelling in simpler ops: its bounds are data, shapes are not.
/// bias, of the padded forms alone: + bias [batch | 1, heads | 1, seq | 1, seq], a float: scores are scale * q . k +
/// bias
///                 before the softmax; a row of which all scores are -inf gives zeros
/// causal: also j <= i. window_left, window_right >= 0: also i - window_left <= j <= i + window_right.
/// positions, of the packed form alone: + positions i32 [tokens], rising within each sequence: windows count these,
///                 not places among the tokens
struct Attention {
  int64_t heads{1};
  double scale{1};
  AttentionMask mask{AttentionMask::none};
  bool causal{false};
  int64_t window_left{-1};
  int64_t window_right{-1};
  bool bias{false};
  bool positions{false};

  template <class V>
  void fields(V& v) {
    v.field("heads", heads);
    v.field("scale", scale);
    v.field("mask", mask);
    v.field("causal", causal);
    v.field("window_left", window_left);
    v.field("window_right", window_right);
    v.field("bias", bias);
    v.field("positions", positions);
  }
  LATHE_OP_STRUCT(Attention);
  /// Which input the bias is.
  size_t bias_input() const { return mask == AttentionMask::none ? 3 : 4; }
};
Types infer(const Attention& op, const Types& in);
bool masked(const Attention& op, Masked& masked);
bool takes_narrow(const Attention& op, size_t input);
std::optional<SequenceBounds> bounds(const Attention& op);
ExpanderValue expand(const Attention& op, Expander& to, std::span<const ExpanderValue> in);
Dim flops(const Attention& op, const Types& in);

}  // namespace lathe::ops
