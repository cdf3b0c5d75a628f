#pragma once
#include <vector>

#include "ops/enum_text.h"
#include "ops/numbers.h"
#include "ops/op.h"

namespace lathe::ops {

enum class RnnCell : uint8_t { rnn, gru, lstm };
LATHE_ENUM_TEXT(RnnCell, "cell", "rnn", "gru", "lstm");

enum class RnnDirection : uint8_t { forward, reverse, both };
LATHE_ENUM_TEXT(RnnDirection, "direction", "forward", "reverse", "both");

/// With a = alpha and b = beta:
///   affine a x + b; leaky_relu x or a x below 0; thresholded_relu x or 0 up to a; scaled_tanh a tanh(b x);
///   hard_sigmoid a x + b within [0, 1]; elu x or a (e^x - 1) below 0; softsign x / (1 + |x|); softplus log(1 + e^x)
enum class RnnActivation : uint8_t {
  relu,
  tanh,
  sigmoid,
  affine,
  leaky_relu,
  thresholded_relu,
  scaled_tanh,
  hard_sigmoid,
  elu,
  softsign,
  softplus
};
LATHE_ENUM_TEXT(RnnActivation, "activation", "relu", "tanh", "sigmoid", "affine", "leaky_relu", "thresholded_relu",
                "scaled_tanh", "hard_sigmoid", "elu", "softsign", "softplus");

/// As text: "sigmoid, tanh, tanh".
struct RnnActivations {
  std::vector<RnnActivation> list{};
  bool operator==(const RnnActivations&) const = default;
};
std::string to_string(const RnnActivations& activations);
void parse(std::string_view text, RnnActivations& activations);

/// One of a cell's activations, with its parameters.
struct RnnFunction {
  RnnActivation kind;
  double alpha, beta;
};

/// A recurrent layer over sequences x [seq, batch, i]; states h, of an LSTM also c, of h numbers. Gates, whose weights
/// lie one behind the other in w and r: [1], [z, r, h] of a GRU, [i, o, f, c] of an LSTM. With (k) = x w_k^T + wb_k for
/// gate k and . element by element:
///
///   rnn   h' = f((1) + h r_1^T + rb_1)
///   gru   z = f((z) + h r_z^T + rb_z); r = f((r) + h r_r^T + rb_r)
///         n = g((h) + (r . h) r_h^T + rb_h), or with linear_before_reset g((h) + r . (h r_h^T + rb_h))
///         h' = (1 - z) . n + z . h
///   lstm  i = f((i) + h r_i^T + rb_i + p_i . c); f = f(.. + p_f . c), with input_forget 1 - i instead
///         c' = f . c + i . g((c) + h r_c^T + rb_c); o = f((o) + h r_o^T + rb_o + p_o . c'); h' = o . h(c')
///
/// Inputs, of D directions and G gates, all of x's floating-point type: x, w [D, G h, i], r [D, G h, h], then each
/// where its flag says so bias [D, 2 G h] (every wb, then every rb), lengths [batch], i32 or i64, initial_h and
/// initial_c [D, batch, h], peepholes [D, 3 h] (i, o, f). What is not given is 0, lengths are seq. Outputs: y [seq, D,
/// batch, h], 0 behind a sequence's length, the last h and, of an LSTM, c [D, batch, h]; `reverse` begins at the
/// sequence's end, so that its last state is that at 0; of a sequence of length 0 it is the initial one. With
/// batch_first x is [batch, seq, i], y [batch, seq, D, h] and states [batch, D, h]. What activations read is cut to
/// [-clip, clip] where clip > 0. A length outside [0, seq] stops the run with an error (out_of_range). ONNX RNN, GRU,
/// LSTM, https://onnx.ai/onnx/operators/onnx__LSTM.html; a layer of TensorRT's IRNNv2Layer
///
/// `projected`: the recurrence alone. In the place of x is x w^T, [seq, batch, D G h] or [batch, seq, D G h]; w is not
/// given; r is [D, h, G h], gates in its columns, and may be bf16 whatever x is.
struct Rnn {
  RnnCell cell{RnnCell::lstm};
  RnnDirection direction{RnnDirection::forward};
  RnnActivations activations{};  ///< f, g, h as far as the cell has them, per direction; empty: sigmoid and tanh
  Numbers alpha{};               ///< one an activation; empty: 1; 0.01 of leaky_relu, 0.2 of hard_sigmoid
  Numbers beta{};                ///< likewise; empty: 0; 1 of scaled_tanh, 0.5 of hard_sigmoid
  double clip{0};
  bool input_forget{false};
  bool linear_before_reset{false};
  bool batch_first{false};
  bool bias{false};
  bool lengths{false};
  bool initial_h{false};
  bool initial_c{false};
  bool peepholes{false};
  bool projected{false};

  int64_t directions() const { return direction == RnnDirection::both ? 2 : 1; }
  int64_t gates() const { return cell == RnnCell::lstm ? 4 : cell == RnnCell::gru ? 3 : 1; }
  /// How many activations a direction has.
  int64_t functions() const { return cell == RnnCell::lstm ? 3 : cell == RnnCell::gru ? 2 : 1; }
  /// f, g or h (0, 1, 2) of a direction.
  RnnFunction function(int64_t direction, int64_t which) const;
  /// Whether a direction begins at the end.
  bool backwards(int64_t d) const { return d == 1 || direction == RnnDirection::reverse; }

  template <class V>
  void fields(V& v) {
    v.field("cell", cell);
    v.field("direction", direction);
    v.field("activations", activations);
    v.field("alpha", alpha);
    v.field("beta", beta);
    v.field("clip", clip);
    v.field("input_forget", input_forget);
    v.field("linear_before_reset", linear_before_reset);
    v.field("batch_first", batch_first);
    v.field("bias", bias);
    v.field("lengths", lengths);
    v.field("initial_h", initial_h);
    v.field("initial_c", initial_c);
    v.field("peepholes", peepholes);
    v.field("projected", projected);
  }
  LATHE_OP_STRUCT(Rnn);
};
Types infer(const Rnn& op, const Types& in, Equalities& needed);
bool takes_narrow(const Rnn& op, size_t input);
Dim flops(const Rnn& op, const Types& in);

/// Where an input lies among those that are given; 0: it is not given.
struct RnnInputs {
  size_t r = 2, bias = 0, lengths = 0, initial_h = 0, initial_c = 0, peepholes = 0, count = 3;
  explicit RnnInputs(const Rnn& op);
};

}  // namespace lathe::ops
