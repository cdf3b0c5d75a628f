#pragma once
#include <functional>
#include <map>

#include "backends/tactic.h"
#include "ir/network.h"
#include "plan/plan.h"

namespace lathe::compiler {

/// Chooses a tactic for each node, turns slices and reshapes into views where every reader allows it, and packs the
/// weights: the network becomes steps over tensors. Constants are freed as they are packed.
plan::Plan lower(ir::Network network, const std::vector<plan::Profile>& profiles, const backends::Machine& machine,
                 const std::function<void(double fraction)>& progress);

}  // namespace lathe::compiler
