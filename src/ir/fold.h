#pragma once
#include <optional>
#include <span>
#include <utility>

#include "ir/evaluator.h"
#include "ir/network.h"

namespace lathe::ir {

/// Ops within ops of a recipe that the text form and plan files take back.
inline constexpr int kDeepestRecipe = 32;

/// What an op of one result, its sizes resolved, gives for constants: its type and the constant, whose recipe is the op
/// on those of the inputs. Nothing where some input is no constant, the op has an effect or blocks, the recipe would
/// be deeper or larger than files take back, or the data are at fault, which is said when it is run.
std::optional<std::pair<ops::TensorType, Constant>> folded(const Network& network, const ops::Op& op,
                                                           std::span<const ValueId> inputs, const Evaluator& evaluator);

}  // namespace lathe::ir
