#pragma once
#include "ir/network.h"
#include "plan/plan.h"

namespace lathe::compiler {

/// Error(invalid_argument) for what a node counts and an input has as a size: passes could find no order of nodes.
void check_counts(const ir::Network& network);

/// Adds the sizes that runs of a network, or of a block, must find equal.
void note_equalities(const ir::Network& network, plan::Plan& plan);

/// What the plan says of a network's symbols: ranges of those that have one, counts with their bounds, equalities.
/// Error(unsupported) for sizes that nothing bounds, and for counts that are spoken of before they are known;
/// Error(invalid_argument) for symbols that nothing gives a value, for counts that inputs have as well, and for equal
/// symbols whose ranges exclude each other.
void note_sizes(const ir::Network& network, plan::Plan& plan);

}  // namespace lathe::compiler
