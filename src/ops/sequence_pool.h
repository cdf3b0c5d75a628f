#pragma once
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe::ops {

enum class PoolMode : uint8_t { first, last, mean, mean_sqrt, max, weighted_mean, keep };
LATHE_ENUM_TEXT(PoolMode, "pooling mode", "first", "last", "mean", "mean_sqrt", "max", "weighted_mean", "keep");

/// One vector a sequence from the vectors of its tokens, x[0] .. x[n-1]:
///   first: x[0]   last: x[n-1]   mean: sum x / n   mean_sqrt: sum x / sqrt(n)   max: elementwise maximum
///   weighted_mean: sum (i+1) x[i] / sum (i+1)
///   keep: the vector that the sequence has already: x [batch, width], packed
/// padded: x [batch, seq, width] and mask [batch, seq] (nonzero = kept); packed: x [tokens, width] and cu_seqlens
/// i32 [batch + 1]. A sequence without tokens gives zeros, whatever x holds.
/// The packed form has no spelling in simpler ops: its bounds are data, shapes are not.
struct SequencePool {
  PoolMode mode{PoolMode::first};
  bool packed{false};

  template <class V>
  void fields(V& v) {
    v.field("mode", mode);
    v.field("packed", packed);
  }
  LATHE_OP_STRUCT(SequencePool);
};
Types infer(const SequencePool& op, const Types& in);
bool masked(const SequencePool& op, Masked& masked);
std::optional<SequenceBounds> bounds(const SequencePool& op);
ExpanderValue expand(const SequencePool& op, Expander& to, std::span<const ExpanderValue> in);

}  // namespace lathe::ops
