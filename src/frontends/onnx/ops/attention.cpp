// Attention, spelt in products and softmax, and rotary positions: passes find the fused op whoever spelt it.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/dtype.h"
#include "frontends/onnx/ops/heads.h"
#include "frontends/onnx/registry.h"
#include "ops/activation.h"
#include "ops/compare.h"
#include "ops/conv.h"
#include "ops/gather.h"
#include "ops/matmul.h"
#include "ops/pad.h"
#include "ops/rotary.h"
#include "ops/softmax.h"
#include "ops/where.h"

namespace lathe::onnx {
namespace {

using ops::BinaryKind;
using ops::CompareKind;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// 0 where the flags are set, -inf elsewhere.
ValueId additive(NodeReader& n, ValueId flags, DType type) {
  return n.add(ops::Where{}, {flags, n.scalar(0, type), n.scalar(-kInfinity, type)});
}

/// Each head of k and v serves so many of q: [h0, h0, h1, h1, ..].
ValueId repeated(NodeReader& n, ValueId x, int64_t times) {
  const std::vector<Dim> s = n.shape(x, 4);
  const ValueId apart = n.expand(n.reshape(x, {s[0], s[1], Dim(1), s[2], s[3]}), {s[0], s[1], Dim(times), s[2], s[3]});
  return n.reshape(apart, {s[0], s[1] * Dim(times), s[2], s[3]});
}

/// What is added to scores: nothing so far, or all that was.
struct Bias {
  NodeReader& n;
  DType type;
  ValueId value = ir::kNone;
  void add(ValueId v) { value = value == ir::kNone ? v : n.binary(BinaryKind::add, value, v); }
  void allow(ValueId flags) { add(additive(n, flags, type)); }
};

/// i + offset - j, i of q [q, 1], j of k [k]; offset a number or [batch, 1, 1, 1].
ValueId distances(NodeReader& n, const Dim& q, const Dim& k, ValueId offset) {
  ValueId i = n.reshape(n.range(q), {q, Dim(1)});
  if (offset != ir::kNone) i = n.binary(BinaryKind::add, i, offset);
  return n.binary(BinaryKind::sub, i, n.range(k));
}

void forbid(NodeReader& n, Bias& bias, const Dim& q, const Dim& k, ValueId offset) {
  const auto compare = [&](CompareKind kind, ValueId a, double number) {
    return n.add(ops::Compare{kind}, {a, n.scalar(number, DType::i64)});
  };
  const int64_t left = n.integer("left_window_size", -1), right = n.integer("right_window_size", -1);
  const bool causal = n.integer("is_causal", 0) != 0;
  if (!causal && left < 0 && right < 0) return;
  const ValueId distance = distances(n, q, k, offset);
  if (causal) bias.allow(compare(CompareKind::greater_equal, distance, 0));
  if (left >= 0) bias.allow(compare(CompareKind::less_equal, distance, static_cast<double>(left)));
  if (right >= 0) bias.allow(compare(CompareKind::greater_equal, distance, -static_cast<double>(right)));
}

/// A mask for fewer keys than there are forbids the others.
ValueId filled_up(NodeReader& n, ValueId mask, const Dim& keys, bool flags) {
  const Dim missing = keys - n.dim(mask, -1);
  if (!missing.is_constant() || missing.constant() <= 0) return mask;
  ops::Pad op;
  op.before.assign(n.shape(mask).size(), Dim(0));
  op.after = op.before;
  op.after.back() = missing;
  op.value = flags ? 0 : -kInfinity;
  return n.add(op, {mask});
}

void attention(NodeReader& n) {
  n.ignore({"q_num_heads", "kv_num_heads"});
  ValueId q = n.in(0), k = n.in(1), v = n.in(2);
  const bool flat = n.rank(q) == 3;
  if (flat) {
    q = by_heads(n, q, n.integer("q_num_heads"));
    k = by_heads(n, k, n.integer("kv_num_heads"));
    v = by_heads(n, v, n.integer("kv_num_heads"));
  }
  if (n.rank(q) != 4 || n.rank(k) != 4 || n.rank(v) != 4) n.corrupt("q, k and v have neither 3 nor 4 dimensions");
  const DType type = n.dtype(q);
  const Dim queries = n.dim(q, 2);
  ValueId offset = ir::kNone;
  if (n.has(4)) {
    offset = n.size(n.dim(n.in(4), 2));
    k = n.concat({n.in(4), k}, 2);
    v = n.concat({n.in(5), v}, 2);
  }
  n.give(1, k);
  n.give(2, v);
  const Dim keys = n.dim(k, 2);
  Bias bias{n, type};
  if (n.has(3)) {
    const bool flags = n.dtype(n.in(3)) == DType::boolean;
    const ValueId mask = filled_up(n, n.in(3), keys, flags);
    if (flags)
      bias.allow(mask);
    else
      bias.add(mask);
  }
  if (n.has(6)) {
    const ValueId lengths = n.cast(n.in(6), DType::i64);
    const ValueId apart = n.reshape(lengths, {n.dim(lengths, 0), Dim(1), Dim(1), Dim(1)});
    if (offset == ir::kNone) offset = n.binary(BinaryKind::sub, apart, n.size(queries));
    bias.allow(n.add(ops::Compare{CompareKind::less}, {n.range(keys), apart}));
  }
  forbid(n, bias, queries, keys, offset);
  const Dim heads = n.dim(q, 1), groups = n.dim(k, 1);
  if (heads.is_constant() && groups.is_constant() && groups.constant() > 0 && heads.constant() > groups.constant()) {
    k = repeated(n, k, heads.constant() / groups.constant());
    v = repeated(n, v, heads.constant() / groups.constant());
  }
  const double scale = n.has("scale") ? n.number("scale", 0) : usual_scale(n, q);
  ValueId scores = n.by_number(BinaryKind::mul, n.add(ops::MatMul{false, true}, {q, k}), scale);
  const int64_t mode = n.integer("qk_matmul_output_mode", 0);
  // Since opset 25 the cap comes before the mask; what modes show was counted otherwise before.
  if (mode == 0) n.give(3, scores);
  if (const double cap = n.number("softcap", 0); cap > 0)
    scores = n.by_number(BinaryKind::mul,
                         n.add(ops::Act{ops::ActKind::tanh}, {n.by_number(BinaryKind::div, scores, cap)}), cap);
  if (mode == 1) n.give(3, scores);
  if (bias.value != ir::kNone) scores = n.binary(BinaryKind::add, scores, bias.value);
  if (mode == 2) n.give(3, scores);
  DType precise = type;
  if (const int64_t asked = n.integer("softmax_precision", 0); asked != 0) precise = dtype_of(asked, "");
  const ValueId weights = n.cast(n.add(ops::Softmax{-1}, {n.cast(scores, precise)}), type);
  if (mode == 3) n.give(3, weights);
  const ValueId y = n.add(ops::MatMul{}, {weights, v});
  n.give(0, flat ? side_by_side(n, y) : y);
}

struct RotaryInputs {
  ValueId x, cosine, sine, positions;
};

void rotary(NodeReader& n, const RotaryInputs& r) {
  n.ignore({"scale"});
  ValueId x = r.x;
  const bool flat = n.rank(x) == 3;
  const std::vector<Dim> shape = n.shape(x, flat ? 3 : 4);
  int64_t heads = n.integer("num_heads", 0);
  int64_t width = n.integer("rotary_embedding_dim", 0);
  if (flat && heads == 0) {
    // com.microsoft: the caches say how wide a head is.
    const Dim half = n.dim(r.cosine, -1);
    if (!half.is_constant() || half.constant() < 1 || !shape[2].is_constant())
      n.refuse("heads of unknown size", "give num_heads");
    heads = shape[2].constant() / (2 * half.constant());
  }
  if (!flat) {
    x = side_by_side(n, x);
    if (!shape[1].is_constant()) n.refuse("heads of unknown number", "fix their number");
    heads = shape[1].constant();
  }
  const Dim head_dim = Dim::floordiv(n.dim(x, 2), Dim(std::max<int64_t>(heads, 1)));
  if (!head_dim.is_constant()) n.refuse("heads of unknown size", "fix the size");
  if (width == 0) width = head_dim.constant();
  const auto table = [&](ValueId c) {
    if (r.positions != ir::kNone)
      c = n.add(ops::Gather{.axis = 0, .from_end = true}, {c, n.cast(r.positions, DType::i64)});
    return n.dtype(x) == DType::f64 ? c : n.cast(c, DType::f32);
  };
  const ops::Rotary op{.heads = heads, .width = width, .interleaved = n.integer("interleaved", 0) != 0};
  const ValueId y = n.add(op, {x, table(r.cosine), table(r.sine)});
  n.give(flat ? y : by_heads(n, y, heads));
}

void rotary_embedding(NodeReader& n) { rotary(n, {n.in(0), n.in(1), n.in(2), n.in_or_none(3)}); }
void rotary_embedding_microsoft(NodeReader& n) {
  ValueId positions = n.in(1);
  // One number: the first position of all sequences.
  if (n.rank(positions) < 2) {
    const ValueId row = n.range(n.dim(n.in(0), static_cast<int64_t>(n.rank(n.in(0)) == 4 ? 2 : 1)));
    positions =
        n.binary(BinaryKind::add, n.unsqueeze(row, {0}), n.reshape(n.cast(positions, DType::i64), {Dim(1), Dim(1)}));
  }
  rotary(n, {n.in(0), n.in(2), n.in(3), positions});
}

void swiglu(NodeReader& n) {
  const ValueId gate = n.add(ops::Act{ops::ActKind::silu, n.number("alpha", 1)}, {n.in(0)});
  n.give(n.binary(BinaryKind::mul, gate, n.in(1)));
}

/// A depthwise convolution over what came before and x; the last positions are kept for the next call.
void causal_conv(NodeReader& n) {
  const ValueId x = n.in(0), w = n.in(1);
  if (n.rank(x) != 3 || n.rank(w) != 3) n.corrupt("it takes [n, c, length] and [c, 1, k]");
  const std::vector<Dim> shape = n.shape(x);
  const Dim before = n.dim(w, 2) - Dim(1);
  if (!shape[1].is_constant()) n.refuse("channels of unknown number", "fix their number");
  const ValueId past = n.has(3) ? n.in(3) : n.expand(n.scalar(0, n.dtype(x)), {shape[0], shape[1], before});
  const ValueId all = n.concat({past, x}, 2);
  std::vector<ValueId> inputs = {all, w};
  if (n.has(2)) inputs.push_back(n.in(2));
  ops::Conv op;
  op.groups = shape[1].constant();
  ValueId y = n.add(op, inputs);
  const std::string activation = n.text("activation", "none");
  if (activation == "silu" || activation == "swish") y = n.add(ops::Act{ops::ActKind::silu}, {y});
  n.give(0, y);
  n.give(1, n.slice(all, 2, shape[2], before));
}

/// A recurrence over positions, written out: state = exp(decay) state + k (beta (v - state^T k)), y = scale state^T q.
void linear_attention(NodeReader& n) {
  const std::string rule = n.text("update_rule", "gated_delta");
  const int64_t heads = n.integer("q_num_heads"), groups = n.integer("kv_num_heads");
  const DType type = n.dtype(n.in(0));
  const auto wide = [&](size_t i, int64_t parts) { return by_heads(n, n.cast(n.in(i), DType::f32), parts); };
  const ValueId q = wide(0, heads), k = wide(1, groups), v = wide(2, groups);
  const Dim length = n.dim(q, 2), keys = n.dim(k, 3), values = n.dim(v, 3);
  if (!length.is_constant() || !keys.is_constant() || length.constant() > 4096)
    n.refuse("a sequence of unknown length", "fix its length, at most 4096");
  const bool gated = rule == "gated" || rule == "gated_delta", corrected = rule == "delta" || rule == "gated_delta";
  ValueId decay = ir::kNone, beta = ir::kNone;
  if (gated) decay = wide(4, groups);
  if (corrected) beta = wide(5, n.dim(n.in(5), -1) == Dim(1) ? 1 : groups);
  const DType of_state = n.has(3) ? n.dtype(n.in(3)) : type;
  ValueId state = n.has(3) ? n.cast(n.in(3), DType::f32)
                           : n.expand(n.scalar(0, DType::f32), {n.dim(q, 0), Dim(groups), keys, values});
  double scale = n.number("scale", 0);
  if (scale == 0) scale = 1 / std::sqrt(static_cast<double>(keys.constant()));
  std::vector<ValueId> rows;
  for (int64_t t = 0; t < length.constant(); ++t) {
    const auto at = [&](ValueId x) { return n.slice(x, 2, Dim(t), Dim(1)); };  // [b, h, 1, d]
    const auto column = [&](ValueId x) { return n.transpose(x, {0, 1, 3, 2}); };
    ValueId now = at(v);
    if (gated) state = n.binary(BinaryKind::mul, state, column(n.unary(ops::UnaryKind::exp, at(decay))));
    if (corrected) {
      const ValueId found = n.add(ops::MatMul{}, {at(k), state});
      now = n.binary(BinaryKind::mul, at(beta), n.binary(BinaryKind::sub, now, found));
    }
    state = n.binary(BinaryKind::add, state, n.binary(BinaryKind::mul, column(at(k)), now));
    const ValueId read = heads == groups ? state : repeated(n, state, heads / groups);
    rows.push_back(n.by_number(BinaryKind::mul, n.add(ops::MatMul{}, {at(q), read}), scale));
  }
  n.give(0, n.cast(side_by_side(n, n.concat(rows, 2)), type));
  n.give(1, n.cast(state, of_state));
}

constexpr Entry kEntries[] = {
    {"Attention", attention},
    {"CausalConvWithState", causal_conv, {}, "a known number of channels"},
    {"LinearAttention", linear_attention, {}, "a known length, at most 4096"},
    {"RotaryEmbedding", rotary_embedding, {}, "heads of known size"},
    {"SwiGLU", swiglu},
    {"RotaryEmbedding", rotary_embedding_microsoft, kMicrosoft, "heads of known size"},
};

}  // namespace

std::span<const Entry> attention_entries() { return kEntries; }

}  // namespace lathe::onnx
