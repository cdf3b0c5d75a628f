#pragma once
#include <span>

#include "passes/target.h"

namespace lathe::passes {

/// Whether the op's spelling in simpler ops (Op::expand) is taken by the target whole: every op of it, or the spelling
/// of that op in turn. Ops on constants are computed when the plan is built and reshapes move nothing: they need no
/// kernel. False where there is no spelling.
bool is_taken_in_parts(const Target& target, const ops::Op& op, std::span<const TargetOperand> inputs);

}  // namespace lathe::passes
