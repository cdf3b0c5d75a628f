#pragma once
#include <optional>
#include <span>

#include "ops/expander.h"
#include "ops/products.h"
#include "passes/target.h"

namespace lathe::passes {

/// The most records of a product's epilogue (ops/products.h) that the target takes, less than all; nothing: not even
/// none of them.
std::optional<size_t> taken_prefix(const Target& target, const ops::Op& op, std::span<const TargetOperand> inputs);

/// The product with that prefix, the first op that is added, and the other records as ops behind it: in FP32 (F64 where
/// it stores that), as the epilogue itself. `values` are the inputs in `to`; there is a prefix.
ops::ExpanderValue cut_epilogue(const Target& target, const ops::Op& op, std::span<const TargetOperand> inputs,
                                ops::Expander& to, std::span<const ops::ExpanderValue> values);

/// Whether the op's spelling in simpler ops (Op::expand) is taken by the target whole: every op of it, or the spelling
/// of that op in turn, or its parts where its epilogue is cut. Ops on constants are computed when the plan is built and
/// reshapes move nothing: they need no kernel. False where there is no spelling.
bool is_taken_in_parts(const Target& target, const ops::Op& op, std::span<const TargetOperand> inputs);

}  // namespace lathe::passes
