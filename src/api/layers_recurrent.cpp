#include <algorithm>

#include "api/adder.h"
#include "lathe/layers/recurrent.h"
#include "ops/compare.h"
#include "ops/rnn.h"

namespace lathe {
namespace {

using api::Adder;
using ir::ValueId;

/// In the order in which ops/rnn.h has them.
std::vector<Gate> gates_of(RecurrentCell cell) {
  switch (cell) {
    case RecurrentCell::lstm: return {Gate::input, Gate::output, Gate::forget, Gate::cell};
    case RecurrentCell::gru: return {Gate::update, Gate::reset, Gate::hidden};
    default: return {Gate::input};
  }
}

std::string_view name_of(Gate gate) {
  constexpr std::string_view kNames[] = {"input", "output", "forget", "update", "reset", "cell", "hidden"};
  return kNames[static_cast<size_t>(gate)];
}

/// The weights of one layer and direction, gate by gate.
std::vector<GateWeights> weights_of(Adder& n, const std::vector<GateWeights>& all, RecurrentCell cell, int layer) {
  std::vector<GateWeights> found;
  for (Gate gate : gates_of(cell)) {
    const auto is_it = [&](const GateWeights& w) { return w.layer == layer && w.gate == gate; };
    const auto place = std::find_if(all.begin(), all.end(), is_it);
    if (std::count_if(all.begin(), all.end(), is_it) != 1)
      n.invalid("layer " + std::to_string(layer) + " has " + (place == all.end() ? "no" : "several") +
                    " weights of gate " + std::string(name_of(gate)),
                "give each gate of the cell once a layer and direction");
    found.push_back(*place);
  }
  return found;
}

struct Layers {
  Adder& n;
  const std::vector<GateWeights>& gates;
  const RecurrentOptions& options;
  int64_t directions;
  Dim batch, hidden;
  ValueId lengths = ir::kNone;

  ValueId unit_matrix(DType type) {
    const ValueId places = n.range(hidden);
    const ValueId same = n.add(ops::Compare{ops::CompareKind::equal},
                               {n.reshape(places, {hidden, Dim(1)}), n.reshape(places, {Dim(1), hidden})});
    return n.cast(same, type);
  }
  ValueId bias(const Tensor& given, DType type) { return given ? n.in(given) : n.expand(n.scalar(0, type), {hidden}); }
  /// Of initial states [batch, layers * directions, h] those of a layer.
  ValueId initial(const Tensor& given, int layer) {
    const ValueId states = n.in(given);
    const int64_t count = options.layers * directions;
    const Dim all = batch * Dim(count) * hidden;
    if (n.rank(states) < 2 || !(count_of(n.shape(states)) == all)) n.corrupt("initial states are " + given.str());
    return n.slice(n.reshape(states, {batch, Dim(count), hidden}), 1, Dim(layer * directions), Dim(directions));
  }
  std::vector<ValueId> run(ValueId x, int layer);
};

/// y [batch, seq, directions, h], then the last states [batch, directions, h].
std::vector<ValueId> Layers::run(ValueId x, int layer) {
  const DType type = n.dtype(x);
  std::vector<ValueId> w, r, biases;
  bool has_bias = false;
  for (int64_t d = 0; d < directions; ++d) {
    const auto own = weights_of(n, gates, options.cell, static_cast<int>(layer * directions + d));
    std::vector<ValueId> of_w, of_r, wb, rb;
    for (const GateWeights& gate : own) {
      if (!options.skip_input && !gate.input)
        n.invalid("gate " + std::string(name_of(gate.gate)) + " has no weights of its input", "or ask for skip_input");
      of_w.push_back(options.skip_input ? unit_matrix(type) : n.in(gate.input));
      of_r.push_back(n.in(gate.recurrent));
      has_bias = has_bias || gate.input_bias || gate.recurrent_bias;
      wb.push_back(bias(gate.input_bias, type));
      rb.push_back(bias(gate.recurrent_bias, type));
    }
    wb.insert(wb.end(), rb.begin(), rb.end());
    w.push_back(n.unsqueeze(n.concat(of_w, 0), {0}));
    r.push_back(n.unsqueeze(n.concat(of_r, 0), {0}));
    biases.push_back(n.unsqueeze(n.concat(wb, 0), {0}));
  }
  ops::Rnn op;
  const bool plain = options.cell == RecurrentCell::relu || options.cell == RecurrentCell::tanh;
  op.cell = plain ? ops::RnnCell::rnn : options.cell == RecurrentCell::gru ? ops::RnnCell::gru : ops::RnnCell::lstm;
  if (options.cell == RecurrentCell::relu)
    op.activations.list.assign(static_cast<size_t>(directions), ops::RnnActivation::relu);
  if (options.cell == RecurrentCell::tanh)
    op.activations.list.assign(static_cast<size_t>(directions), ops::RnnActivation::tanh);
  op.direction = directions == 2 ? ops::RnnDirection::both : ops::RnnDirection::forward;
  op.linear_before_reset = op.cell == ops::RnnCell::gru;
  op.batch_first = true;
  std::vector<ValueId> inputs = {x, n.concat(w, 0), n.concat(r, 0)};
  const auto give = [&](bool& flag, bool given, auto&& value) {
    flag = given;
    if (given) inputs.push_back(value());
  };
  give(op.bias, has_bias, [&] { return n.concat(biases, 0); });
  give(op.lengths, lengths != ir::kNone, [&] { return lengths; });
  give(op.initial_h, bool(options.initial_h), [&] { return initial(options.initial_h, layer); });
  give(op.initial_c, bool(options.initial_c), [&] { return initial(options.initial_c, layer); });
  return n.add_all(op, inputs);
}

/// Every tensor that takes part, so that those of other networks are refused.
std::vector<Tensor> operands_of(const Tensor& x, const std::vector<GateWeights>& gates,
                                const RecurrentOptions& options) {
  std::vector<Tensor> all = {x, options.lengths, options.initial_h, options.initial_c};
  for (const GateWeights& gate : gates)
    all.insert(all.end(), {gate.input, gate.recurrent, gate.input_bias, gate.recurrent_bias});
  return all;
}

}  // namespace

RecurrentResult rnn(const Tensor& x, const std::vector<GateWeights>& gates, const RecurrentOptions& options) {
  Adder n("rnn", operands_of(x, gates, options));
  ValueId y = n.in(x);
  if (n.rank(y) < 2 || gates.empty() || !gates[0].recurrent) n.corrupt("it needs x [batch.., seq, i] and weights");
  if (options.layers < 1) n.invalid("it has no layers");
  const std::vector<Dim> lead(n.shape(y).begin(), n.shape(y).end() - 2);
  const ValueId recurrent = n.in(gates[0].recurrent);
  if (n.rank(recurrent) != 2) n.corrupt("recurrent weights are no matrix: " + gates[0].recurrent.str());
  Layers layers{n, gates, options, options.both_directions ? 2 : 1, count_of(lead), n.shape(recurrent)[0]};
  const Dim seq = n.shape(y)[lead.size()];
  y = n.reshape(y, {layers.batch, seq, n.shape(y).back()});
  if (options.lengths) layers.lengths = n.reshape(n.in(options.lengths), {layers.batch});
  std::vector<ValueId> h, c;
  const Dim width = layers.hidden * Dim(layers.directions);
  for (int layer = 0; layer < options.layers; ++layer) {
    const std::vector<ValueId> made = layers.run(y, layer);
    y = n.reshape(made[0], {layers.batch, seq, width});
    h.push_back(made[1]);
    if (made.size() > 2) c.push_back(made[2]);
  }
  const auto led = [&](ValueId v) {
    std::vector<Dim> shape = lead;
    shape.insert(shape.end(), n.shape(v).begin() + 1, n.shape(v).end());
    return n.out(n.reshape(v, shape));
  };
  RecurrentResult result{led(y), led(n.concat(h, 1)), {}};
  if (!c.empty()) result.last_c = led(n.concat(c, 1));
  return result;
}

}  // namespace lathe
