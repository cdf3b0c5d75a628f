#include "ops/rnn.h"

#include <cmath>

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Rnn, rnn, Traits{.narrow = true})

std::string to_string(const RnnActivations& activations) {
  std::string text;
  for (RnnActivation kind : activations.list) text += (text.empty() ? "" : ", ") + to_string(kind);
  return text;
}

void parse(std::string_view text, RnnActivations& activations) {
  activations.list.clear();
  if (text.empty()) return;
  for (const std::string_view item : split_list(text)) parse(item, activations.list.emplace_back());
}

RnnFunction Rnn::function(int64_t of, int64_t which) const {
  const auto i = static_cast<size_t>(of * functions() + which);
  const bool gate = which == 0 && cell != RnnCell::rnn;
  RnnActivation kind = gate ? RnnActivation::sigmoid : RnnActivation::tanh;
  if (!activations.list.empty()) kind = activations.list[i];
  double a = kind == RnnActivation::leaky_relu ? 0.01 : kind == RnnActivation::hard_sigmoid ? 0.2 : 1;
  double b = kind == RnnActivation::scaled_tanh ? 1 : kind == RnnActivation::hard_sigmoid ? 0.5 : 0;
  if (!alpha.empty()) a = alpha[i];
  if (!beta.empty()) b = beta[i];
  return {kind, a, b};
}

RnnInputs::RnnInputs(const Rnn& op) : r(op.projected ? 1 : 2), count(r + 1) {
  const auto take = [&](bool given, size_t& place) {
    if (given) place = count++;
  };
  take(op.bias, bias);
  take(op.lengths, lengths);
  take(op.initial_h, initial_h);
  take(op.initial_c, initial_c);
  take(op.peepholes, peepholes);
}

namespace {

void check_attributes(const Rnn& op, const Types& in) {
  const auto functions = static_cast<size_t>(op.functions() * op.directions());
  for (size_t size : {op.activations.list.size(), op.alpha.size(), op.beta.size()})
    if (size != 0 && size != functions)
      reject("rnn", in, fmt::format("activations, alpha and beta need {} values, or none", functions));
  if (op.cell != RnnCell::lstm && (op.initial_c || op.peepholes || op.input_forget))
    reject("rnn", in, "only an LSTM has c, peepholes and input_forget");
  if (op.linear_before_reset && op.cell != RnnCell::gru) reject("rnn", in, "only a GRU has linear_before_reset");
  if (!std::isfinite(op.clip) || op.clip < 0) reject("rnn", in, "clip must be finite and not negative");
  if (!all_finite(op.alpha) || !all_finite(op.beta)) reject("rnn", in, "an attribute is not finite");
}

/// Input `index` has this shape.
void need_shape(const Types& in, size_t index, const std::vector<Dim>& shape, std::string_view what,
                Equalities& needed) {
  const std::string reason = fmt::format("{} must be {}", what, to_string(shape));
  if (in[index].shape.size() != shape.size()) reject("rnn", in, reason);
  for (size_t d = 0; d < shape.size(); ++d) need_equal("rnn", in, in[index].shape[d], shape[d], reason, needed);
}

}  // namespace

Types infer(const Rnn& op, const Types& in, Equalities& needed) {
  const RnnInputs at(op);
  check_count("rnn", in, at.count, at.count);
  check_attributes(op, in);
  check_float("rnn", in, 0);
  for (size_t i = 0; i < in.size(); ++i)
    if (at.lengths != 0 && i == at.lengths)
      check_index_type("rnn", in, i);
    else if (in[i].dtype != in[0].dtype && !(takes_narrow(op, i) && in[i].dtype == DType::bf16))
      reject("rnn", in, "weights and states must have x's type");
  if (in[0].rank() != 3 || in[at.r].rank() != 3) reject("rnn", in, "x and r need 3 dimensions");
  const Dim &seq = in[0].shape[op.batch_first ? 1 : 0], &batch = in[0].shape[op.batch_first ? 0 : 1];
  const Dim &width = in[0].shape[2], &hidden = in[at.r].shape[op.projected ? 1 : 2];
  const Dim directions(op.directions()), gates(op.gates());
  if (op.projected) {
    need_shape(in, 0, {in[0].shape[0], in[0].shape[1], directions * gates * hidden}, "x w^T", needed);
    need_shape(in, at.r, {directions, hidden, gates * hidden}, "r", needed);
  } else {
    need_shape(in, 1, {directions, gates * hidden, width}, "w", needed);
    need_shape(in, at.r, {directions, gates * hidden, hidden}, "r", needed);
  }
  const std::vector<Dim> state =
      op.batch_first ? std::vector<Dim>{batch, directions, hidden} : std::vector<Dim>{directions, batch, hidden};
  if (op.bias) need_shape(in, at.bias, {directions, Dim(2) * gates * hidden}, "the bias", needed);
  if (op.lengths) need_shape(in, at.lengths, {batch}, "lengths", needed);
  if (op.initial_h) need_shape(in, at.initial_h, state, "initial_h", needed);
  if (op.initial_c) need_shape(in, at.initial_c, state, "initial_c", needed);
  if (op.peepholes) need_shape(in, at.peepholes, {directions, Dim(3) * hidden}, "peepholes", needed);
  const std::vector<Dim> all = op.batch_first ? std::vector<Dim>{batch, seq, directions, hidden}
                                              : std::vector<Dim>{seq, directions, batch, hidden};
  Types out = {{in[0].dtype, all}, {in[0].dtype, state}};
  if (op.cell == RnnCell::lstm) out.push_back({in[0].dtype, state});
  return out;
}

bool takes_narrow(const Rnn& op, size_t input) { return op.projected && input == RnnInputs(op).r; }

Dim flops(const Rnn& op, const Types& in) {
  Dim weights = count_of(in[1].shape);
  if (!op.projected) weights = weights + count_of(in[2].shape);
  return Dim(2) * in[0].shape[0] * in[0].shape[1] * weights;
}

}  // namespace lathe::ops
