// RNN, GRU and LSTM.
#include "frontends/onnx/write/spelling.h"
#include "ops/rnn.h"

namespace lathe::onnx {
namespace {

std::string_view name_of(ops::RnnActivation kind) {
  constexpr std::string_view kNames[] = {
      "Relu",       "Tanh",        "Sigmoid", "Affine",   "LeakyRelu", "ThresholdedRelu",
      "ScaledTanh", "HardSigmoid", "Elu",     "Softsign", "Softplus"};
  return kNames[static_cast<size_t>(kind)];
}

std::string_view name_of(ops::RnnCell cell) {
  return cell == ops::RnnCell::lstm ? "LSTM" : cell == ops::RnnCell::gru ? "GRU" : "RNN";
}

std::string_view name_of(ops::RnnDirection direction) {
  return direction == ops::RnnDirection::both      ? "bidirectional"
         : direction == ops::RnnDirection::reverse ? "reverse"
                                                   : "forward";
}

std::vector<proto::Attribute> attributes_of(const ops::Rnn& op, int64_t hidden) {
  std::vector<proto::Attribute> list = {attribute("hidden_size", hidden),
                                        attribute("direction", name_of(op.direction))};
  if (!op.activations.list.empty()) {
    proto::Attribute names{.name = "activations"};
    for (ops::RnnActivation kind : op.activations.list) names.texts.emplace_back(name_of(kind));
    list.push_back(std::move(names));
  }
  const auto add_numbers = [&](std::string_view name, const ops::Numbers& numbers) {
    if (numbers.empty()) return;
    list.push_back({.name = std::string(name), .numbers = {numbers.values.begin(), numbers.values.end()}});
  };
  add_numbers("activation_alpha", op.alpha);
  add_numbers("activation_beta", op.beta);
  if (op.clip > 0) list.push_back(attribute("clip", op.clip));
  if (op.input_forget) list.push_back(attribute("input_forget", int64_t{1}));
  if (op.linear_before_reset) list.push_back(attribute("linear_before_reset", int64_t{1}));
  return list;
}

/// ONNX's layout 1 is written as layout 0 between transposes: few runtimes know it.
Values rnn(NodeWriter& n) {
  const auto& op = n.op<ops::Rnn>();
  if (op.projected) return {};
  const ops::RnnInputs at(op);
  const auto turned = [&](const std::string& x, std::vector<int64_t> perm) {
    return op.batch_first ? n.transpose(x, std::move(perm)) : x;
  };
  const auto state = [&](size_t i) { return i == 0 ? std::string() : turned(n.in(i), {1, 0, 2}); };
  Values inputs = {turned(n.in(0), {1, 0, 2}), n.in(1), n.in(2), at.bias == 0 ? "" : n.in(at.bias), ""};
  if (at.lengths != 0) inputs[4] = n.cast(n.in(at.lengths), n.type(at.lengths).dtype, DType::i32);
  inputs.push_back(state(at.initial_h));
  inputs.push_back(state(at.initial_c));
  inputs.push_back(at.peepholes == 0 ? "" : n.in(at.peepholes));
  Values results = n.body().emit_all(name_of(op.cell), inputs, attributes_of(op, n.type(2).shape[2].constant()),
                                     n.node().outputs.size());
  results[0] = turned(results[0], {2, 0, 1, 3});
  for (size_t i = 1; i < results.size(); ++i) results[i] = turned(results[i], {1, 0, 2});
  return results;
}

constexpr Spelling kSpellings[] = {{"rnn", rnn, "the product of its input is a layer of its own"}};

}  // namespace

std::span<const Spelling> recurrent_spellings() { return kSpellings; }

}  // namespace lathe::onnx
