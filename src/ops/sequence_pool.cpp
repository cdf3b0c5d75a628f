#include "ops/sequence_pool.h"

#include <limits>

#include "base/error.h"
#include "ops/expander.h"
#include "ops/fill.h"
#include "ops/masked.h"
#include "ops/matmul.h"
#include "ops/reduce.h"
#include "ops/shape_rules.h"
#include "ops/unary.h"
#include "ops/where.h"

namespace lathe::ops {

LATHE_DEFINE_OP(SequencePool, sequence_pool, Traits{.narrow = true})

Types infer(const SequencePool& op, const Types& in) {
  check_count("sequence_pool", in, 2, 2);
  check_float("sequence_pool", in, 0);
  if (in[0].rank() != (op.packed ? 2 : 3) || in[1].rank() != (op.packed ? 1 : 2))
    reject("sequence_pool", in, "ranks do not fit");
  if (op.packed && in[1].dtype != DType::i32) reject("sequence_pool", in, "cu_seqlens must be i32 [batch + 1]");
  if (!op.packed && (!(in[1].shape[0] == in[0].shape[0]) || !(in[1].shape[1] == in[0].shape[1])))
    reject("sequence_pool", in, "the mask must be [batch, seq]");
  Dim batch = op.packed ? in[1].shape[0] - Dim(1) : in[0].shape[0];
  if (op.mode == PoolMode::keep && (!op.packed || !(in[0].shape[0] == batch)))
    reject("sequence_pool", in, "keep takes a row a sequence and cu_seqlens");
  return {{in[0].dtype, {batch, in[0].shape.back()}}};
}

bool masked(const SequencePool& op, Masked& masked) {
  if (op.packed) return false;
  SequencePool packed = op;
  packed.packed = true;
  masked = {.mask = 1, .skips = {0}, .gives_rows = false, .packed = packed};
  return true;
}

std::optional<SequenceBounds> bounds(const SequencePool& op) {
  return op.packed ? std::optional(SequenceBounds{1, op.mode != PoolMode::keep}) : std::nullopt;
}

namespace {
using Value = ExpanderValue;

Value over_tokens(Expander& to, ReduceKind kind, Value x) { return to.add(Reduce{kind, {1}, false}, {x}); }

/// By token [batch, seq]: what its row counts in the sum over its sequence.
Value weights(const SequencePool& op, Expander& to, Value kept, Value ones, const Dim& seq) {
  const DType working = to.type(ones).dtype;
  const Value places = to.add(Fill{working, {Dim(1), seq}, 0, 1, -1}, {});
  // Those kept tokens whose place is the first or last.
  auto at = [&](Value place) {
    const Value elsewhere = to.cast(to.binary(BinaryKind::sub, places, place), DType::boolean);
    return to.add(Where{}, {elsewhere, to.scalar(0, working), ones});
  };
  auto place = [&](ReduceKind kind, double none) {
    return to.add(Reduce{kind, {1}, true}, {to.add(Where{}, {kept, places, to.scalar(none, working)})});
  };
  constexpr double kBehindAll = 1e9;
  switch (op.mode) {
    case PoolMode::first: return at(place(ReduceKind::min, kBehindAll));
    case PoolMode::last: return at(place(ReduceKind::max, -1));
    case PoolMode::weighted_mean: {
      // How many kept tokens there are up to a place: a sum over those that are not behind it.
      const Value rows = to.add(Fill{working, {seq, Dim(1)}, 0, 1, 0}, {});
      const Value behind = to.with_number(BinaryKind::max, to.binary(BinaryKind::sub, rows, places), 0);
      const Value not_behind =
          to.add(Where{}, {to.cast(behind, DType::boolean), to.scalar(0, working), to.scalar(1, working)});
      return to.binary(BinaryKind::mul, to.add(MatMul{}, {ones, not_behind}), ones);
    }
    default: return ones;
  }
}

}  // namespace

ExpanderValue expand(const SequencePool& op, Expander& to, std::span<const ExpanderValue> in) {
  if (op.packed) return kNoExpansion;
  const TensorType stored = to.type(in[0]);
  const Dim batch = stored.shape[0], seq = stored.shape[1];
  const DType working = to.working_type(in.first(1));
  if (stored.dtype != working) return to.cast(to.add(op, {to.cast(in[0], working), in[1]}), stored.dtype);
  const Value kept = to.cast(in[1], DType::boolean), kept_rows = to.reshape(kept, {batch, seq, Dim(1)});
  const Value ones = to.cast(kept, working), count = over_tokens(to, ReduceKind::sum, ones);
  const bool is_max = op.mode == PoolMode::max;
  const double hidden = is_max ? -std::numeric_limits<double>::infinity() : 0;
  Value x = to.add(Where{}, {kept_rows, in[0], to.scalar(hidden, working)});
  Value y = kNoExpansion;
  if (is_max) {
    const Value any = to.reshape(to.cast(count, DType::boolean), {batch, Dim(1)});
    y = to.add(Where{}, {any, over_tokens(to, ReduceKind::max, x), to.scalar(0, working)});
  } else {
    const Value weight = weights(op, to, kept, ones, seq);
    x = to.binary(BinaryKind::mul, x, to.reshape(weight, {batch, seq, Dim(1)}));
    // A sequence without tokens is a sum of nothing; its divisor is any but zero.
    Value divisor = to.with_number(BinaryKind::max, over_tokens(to, ReduceKind::sum, weight), 1);
    if (op.mode == PoolMode::mean_sqrt) divisor = to.add(Unary{UnaryKind::sqrt}, {divisor});
    y = to.binary(BinaryKind::div, over_tokens(to, ReduceKind::sum, x), to.reshape(divisor, {batch, Dim(1)}));
  }
  return y;
}

}  // namespace lathe::ops
