#include "ops/sequence_bounds.h"

#include "ops/attention.h"
#include "ops/sequence_pool.h"

namespace lathe::ops {

std::optional<SequenceBounds> sequence_bounds(const Op& op) {
  if (const auto* attention = op.as<Attention>(); attention && attention->mask == AttentionMask::packed)
    return SequenceBounds{3, true};
  if (const auto* pool = op.as<SequencePool>(); pool && pool->packed)
    return SequenceBounds{1, pool->mode != PoolMode::keep};
  return std::nullopt;
}

}  // namespace lathe::ops
