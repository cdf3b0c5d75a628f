#pragma once
#include <optional>

#include "ops/op.h"

namespace lathe::ops {

/// What whoever checks bounds of sequences before a step runs asks of its op.
inline std::optional<SequenceBounds> sequence_bounds(const Op& op) { return op.bounds(); }

}  // namespace lathe::ops
