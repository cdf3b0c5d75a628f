#include "ops/attention.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "ops/expander.h"
#include "ops/fill.h"
#include "ops/masked.h"
#include "ops/matmul.h"
#include "ops/shape_rules.h"
#include "ops/softmax.h"
#include "ops/transpose.h"
#include "ops/where.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Attention, attention, Traits{.narrow = true})

namespace {

void check_bias(const Attention& op, const Types& in) {
  const TensorType& bias = in[op.bias_input()];
  check_float("attention", in, op.bias_input());
  if (op.mask == AttentionMask::packed) reject("attention", in, "packed sequences have no bias");
  const Dim sizes[] = {in[0].shape[0], Dim(op.heads), in[0].shape[1], in[0].shape[1]};
  bool fits = bias.rank() == 4;
  for (size_t d = 0; fits && d < 4; ++d) fits = bias.shape[d] == sizes[d] || (d < 3 && bias.shape[d] == Dim(1));
  if (!fits) reject("attention", in, "the bias must be [batch | 1, heads | 1, seq | 1, seq]");
}

}  // namespace

Types infer(const Attention& op, const Types& in) {
  const size_t extra = (op.mask == AttentionMask::none ? 0 : 1) + (op.bias ? 1 : 0) + (op.positions ? 1 : 0);
  check_count("attention", in, 3 + extra, 3 + extra);
  for (size_t i = 0; i < 3; ++i) {
    check_float("attention", in, i);
    if (in[i].rank() != (op.mask == AttentionMask::packed ? 2 : 3) || !(in[i] == in[0]))
      reject("attention", in, "q, k and v need one type: [tokens, width] when packed, [batch, seq, width] else");
  }
  const Dim& width = in[0].shape.back();
  if (op.heads < 1 || !width.is_constant() || op.heads > std::max<int64_t>(width.constant(), 1) ||
      width.constant() % op.heads != 0)
    reject("attention", in, fmt::format("width {} does not divide into {} heads", width.str(), op.heads));
  if (op.mask == AttentionMask::packed && (in[3].dtype != DType::i32 || in[3].rank() != 1))
    reject("attention", in, "cu_seqlens must be i32 [batch + 1]");
  if (op.mask == AttentionMask::keys &&
      (in[3].rank() != 2 || !(in[3].shape[0] == in[0].shape[0]) || !(in[3].shape[1] == in[0].shape[1])))
    reject("attention", in, "the mask must be [batch, seq]");
  if (op.bias) check_bias(op, in);
  if (op.positions && op.mask != AttentionMask::packed) reject("attention", in, "positions are of packed sequences");
  if (op.positions && (in[4].dtype != DType::i32 || in[4].rank() != 1 || !(in[4].shape[0] == in[0].shape[0])))
    reject("attention", in, "positions must be i32 [tokens]");
  return {in[0]};
}

/// A bias is added to scores, which are F32.
bool takes_narrow(const Attention& op, size_t input) { return !op.bias || input != op.bias_input(); }

bool masked(const Attention& op, Masked& masked) {
  if (op.mask != AttentionMask::keys || op.bias) return false;
  masked = {.mask = 3, .skips = {1, 2}, .gives_rows = true};
  Attention packed = op;
  packed.mask = AttentionMask::packed;
  // A window counts positions, which packing moves together where the mask has holes.
  packed.positions = masked.positions = op.window_left >= 0 || op.window_right >= 0;
  masked.packed = packed;
  return true;
}

/// Of each row with all keys of its sequence, two products; windows are not looked at. Packed sequences are taken as
/// long as they are on average.
Dim flops(const Attention& op, const Types& in) {
  const Dim all = Dim(4) * count_of(in[0].shape);
  if (op.mask != AttentionMask::packed) return all * in[0].shape[1];
  return Dim::floordiv(all * in[0].shape[0], in[3].shape[0] - Dim(1));
}

std::optional<SequenceBounds> bounds(const Attention& op) {
  return op.mask == AttentionMask::packed ? std::optional(SequenceBounds{3, true}) : std::nullopt;
}

namespace {
using Value = ExpanderValue;

/// By query and key [seq, seq]: conditions under which their distance hides the key.
std::vector<Value> too_far(const Attention& op, Expander& to, const Dim& seq) {
  std::vector<Value> conditions;
  const Value keys = to.add(Fill{DType::i64, {Dim(1), seq}, 0, 1, -1}, {});
  const Value queries = to.add(Fill{DType::i64, {seq, Dim(1)}, 0, 1, 0}, {});
  auto more_than = [&](Value a, Value b, int64_t most) {
    const Value limit = to.add(Fill{DType::i64, {}, static_cast<double>(most), 0, -1}, {});
    const Value none = to.add(Fill{DType::i64, {}, 0, 0, -1}, {});
    const Value over = to.binary(BinaryKind::sub, to.binary(BinaryKind::sub, a, b), limit);
    conditions.push_back(to.cast(to.binary(BinaryKind::max, over, none), DType::boolean));
  };
  if (op.causal) more_than(keys, queries, 0);
  if (op.window_right >= 0) more_than(keys, queries, op.window_right);
  if (op.window_left >= 0) more_than(queries, keys, op.window_left);
  return conditions;
}

}  // namespace

ExpanderValue expand(const Attention& op, Expander& to, std::span<const ExpanderValue> in) {
  if (op.mask == AttentionMask::packed) return kNoExpansion;
  const TensorType stored = to.type(in[0]);
  const DType working = to.working_type(in.first(3));
  if (stored.dtype != working) {
    std::vector<Value> wide(in.begin(), in.end());
    for (size_t i = 0; i < 3; ++i) wide[i] = to.cast(in[i], working);
    return to.cast(to.add(op, wide), stored.dtype);
  }
  const Dim batch = stored.shape[0], seq = stored.shape[1];
  const std::vector<Dim> split = {batch, seq, Dim(op.heads), Dim(stored.shape[2].constant() / op.heads)};
  auto heads = [&](Value x) { return to.add(Transpose{{0, 2, 1, 3}}, {to.reshape(x, split)}); };
  Value scores = to.add(MatMul{false, true}, {heads(in[0]), heads(in[1])});
  scores = to.with_number(BinaryKind::mul, scores, op.scale);
  const Value never = to.scalar(-std::numeric_limits<double>::infinity(), working);
  if (op.bias) scores = to.binary(BinaryKind::add, scores, to.cast(in[op.bias_input()], working));
  for (Value far : too_far(op, to, seq)) scores = to.add(Where{}, {far, never, scores});
  if (op.mask == AttentionMask::keys) {
    const Value kept = to.reshape(to.cast(in[3], DType::boolean), {batch, Dim(1), Dim(1), seq});
    scores = to.add(Where{}, {kept, scores, never});
  }
  const Value weights = to.add(Softmax{-1}, {scores});
  const Value sums = to.add(Transpose{{0, 2, 1, 3}}, {to.add(MatMul{}, {weights, heads(in[2])})});
  return to.reshape(sums, stored.shape);
}

}  // namespace lathe::ops
