// RNN, GRU and LSTM.
#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "frontends/onnx/registry.h"
#include "ops/rnn.h"

namespace lathe::onnx {
namespace {

using ops::RnnCell;

ops::RnnActivation activation(NodeReader& n, std::string name) {
  using ops::RnnActivation;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::pair<std::string_view, RnnActivation> kNames[] = {
      {"relu", RnnActivation::relu},
      {"tanh", RnnActivation::tanh},
      {"sigmoid", RnnActivation::sigmoid},
      {"affine", RnnActivation::affine},
      {"leakyrelu", RnnActivation::leaky_relu},
      {"thresholdedrelu", RnnActivation::thresholded_relu},
      {"scaledtanh", RnnActivation::scaled_tanh},
      {"hardsigmoid", RnnActivation::hard_sigmoid},
      {"elu", RnnActivation::elu},
      {"softsign", RnnActivation::softsign},
      {"softplus", RnnActivation::softplus},
  };
  for (const auto& [known, kind] : kNames)
    if (known == name) return kind;
  n.corrupt(fmt::format("its activation {} is none of ONNX", shown(name)));
}

ops::RnnDirection direction(NodeReader& n) {
  const std::string text = n.text("direction", "forward");
  if (text == "forward") return ops::RnnDirection::forward;
  if (text == "reverse") return ops::RnnDirection::reverse;
  if (text == "bidirectional") return ops::RnnDirection::both;
  n.corrupt(fmt::format("its direction {} is none of ONNX", shown(text)));
}

template <RnnCell cell>
void rnn(NodeReader& n) {
  n.ignore({"hidden_size"});
  ops::Rnn op;
  op.cell = cell;
  op.direction = direction(n);
  for (const std::string& name : n.texts("activations")) op.activations.list.push_back(activation(n, name));
  op.alpha.values = n.numbers("activation_alpha");
  op.beta.values = n.numbers("activation_beta");
  op.clip = n.number("clip", 0);
  op.input_forget = n.integer("input_forget", 0) != 0;
  op.linear_before_reset = n.integer("linear_before_reset", 0) != 0;
  op.batch_first = n.integer("layout", 0) != 0;
  op.bias = n.has(3);
  op.lengths = n.has(4);
  op.initial_h = n.has(5);
  op.initial_c = cell == RnnCell::lstm && n.has(6);
  op.peepholes = cell == RnnCell::lstm && n.has(7);
  std::vector<ValueId> inputs;
  for (size_t i = 0; i < n.inputs(); ++i)
    if (n.has(i)) inputs.push_back(n.in(i));
  const std::vector<ValueId> results = n.add_all(op, inputs);
  for (size_t i = 0; i < results.size(); ++i) n.give(i, results[i]);
}

constexpr Entry kEntries[] = {
    {"GRU", rnn<RnnCell::gru>},
    {"LSTM", rnn<RnnCell::lstm>},
    {"RNN", rnn<RnnCell::rnn>},
};

}  // namespace

std::span<const Entry> recurrent_entries() { return kEntries; }

}  // namespace lathe::onnx
