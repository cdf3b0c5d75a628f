#pragma once
#include "lathe/network.h"

namespace lathe {

// # rnn

/// With X = x W^T + b_w and H = h R^T + b_r of each gate, . element by element:
///
///   relu, tanh  h' = f(X + H)                                                        gate input
///   gru         z = sigmoid(X_z + H_z); r = sigmoid(X_r + H_r)                       gates update, reset, hidden
///               n = tanh(X_n + r . H_n); h' = (1 - z) . n + z . h
///   lstm        i, f, o = sigmoid(X + H); g = tanh(X_g + H_g)                        gates input, forget, output, cell
///               c' = f . c + i . g; h' = o . tanh c'
enum class RecurrentCell : uint8_t { relu, tanh, lstm, gru };
enum class Gate : uint8_t { input, output, forget, update, reset, cell, hidden };
/// Weights of one gate; biases [h] that are no tensors are 0.
struct GateWeights {
  int layer = 0;  ///< of two directions 2 l is the forward, 2 l + 1 the backward one of layer l
  Gate gate = Gate::input;
  Tensor input = {};      ///< W [h, i], i the size of what the layer reads; with skip_input none
  Tensor recurrent = {};  ///< R [h, h]
  Tensor input_bias = {}, recurrent_bias = {};
};
struct RecurrentOptions {
  RecurrentCell cell = RecurrentCell::lstm;
  int layers = 1;
  bool both_directions = false;
  bool skip_input = false;                ///< layers read x as it is, W is the unit matrix: i = h
  Tensor lengths = {};                    ///< i32 or i64 [batch..]; none: all steps of each sequence
  Tensor initial_h = {}, initial_c = {};  ///< [batch.., layers * directions, h]; none: 0
};
struct RecurrentResult {
  Tensor y;               ///< [batch.., seq, directions * h], 0 behind a sequence's length
  Tensor last_h, last_c;  ///< [batch.., layers * directions, h]; c of an lstm alone
};
/// Recurrent layers, one on what the other gives, over sequences x [batch.., seq, i]. Gates come in any order, each
/// once a layer and direction: Error(invalid_argument) for one that is missing or not of the cell.
LATHE_API RecurrentResult rnn(const Tensor& x, const std::vector<GateWeights>& gates,
                              const RecurrentOptions& options = {});

}  // namespace lathe
