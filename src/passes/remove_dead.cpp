//   nodes whose results nobody reads  ->  nothing
#include <fmt/format.h>

#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {

int remove_dead(ir::Network& network, const PassContext& context) {
  network.sort();
  size_t before = network.nodes().size();
  network.remove_dead();
  size_t removed = before - network.nodes().size();
  if (removed > 0) context.report(fmt::format("{} without readers removed", counted(removed, "node")));
  return static_cast<int>(removed);
}

}  // namespace lathe::passes
