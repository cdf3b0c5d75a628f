#pragma once
#include <functional>
#include <map>

#include "backends/tactic.h"
#include "ir/network.h"
#include "plan/plan.h"

namespace lathe::compiler {

/// What runs where.
struct Placement {
  std::vector<std::string> devices{"cpu"};                           ///< the first is the host
  std::function<int(const ir::Node& node, size_t position)> choose;  ///< a place in `devices`; none: the host for all
};

/// Chooses a tactic for each node, turns slices and reshapes into views where every reader allows it, and packs the
/// weights: the network becomes steps over tensors. Constants are freed as they are packed.
/// What is read on another device than it is made on, or in another format (Tactic::input_format), is copied, once;
/// what queues copy of the host's memory is pinned, and what must be waited for is noted. Without `packs` weights have
/// no data, and the plan only tells what it would be.
plan::Plan lower(ir::Network network, const std::vector<plan::Profile>& profiles, const backends::Machine& machine,
                 const Placement& placement, const std::function<void(double fraction)>& progress, bool packs = true);

}  // namespace lathe::compiler
