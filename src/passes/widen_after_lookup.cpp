//   gather(axis 0)(cast(table), ids)   ->   cast(gather(axis 0)(table, ids))      table constant, the cast widens
//
// Widening is exact: the rows that are read may be widened as well as the whole table, which stays as small as the
// folder has it. Where others read the wide table anyway, as a tied decoder does, a second one would only add to it.
#include <fmt/format.h>

#include <algorithm>

#include "ops/cast.h"
#include "ops/gather.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

bool read_by_lookups_only(const ir::Network& network, ir::ValueId table) {
  const std::vector<ir::NodeId> users = network.users(table);
  return !network.is_output(table) &&
         std::all_of(users.begin(), users.end(), [&](ir::NodeId n) { return network.node(n).op.is<ops::Gather>(); });
}

}  // namespace

int widen_after_lookup(ir::Network& network, const PassContext& context) {
  int rewrites = 0;
  for (ir::NodeId id : network.nodes()) {
    const ir::Node node = network.node(id);
    const auto* gather = node.op.as<ops::Gather>();
    const ir::Node* cast = gather && gather->axis == 0 ? network.producer(node.inputs[0]) : nullptr;
    if (!cast || !cast->op.is<ops::Cast>() || !network.is_constant(cast->inputs[0])) continue;
    const ir::ValueId table = cast->inputs[0], wide = node.outputs[0];
    const DType stored = network.value(table).type.dtype, type = network.value(wide).type.dtype;
    if (!widens(stored, type) || !read_by_lookups_only(network, node.inputs[0])) continue;
    ir::ValueId rows = network.add1(*gather, {table, node.inputs[1]}, node.name + ".stored", node.origins);
    ir::ValueId widened = network.add1(ops::Cast{type}, {rows}, node.name, node.origins);
    take_names(network, network.value(widened).producer, id);
    substitute(network, wide, widened);
    network.erase(id);
    context.report(fmt::format("the table of {} stays {}", place(node.origins), to_string(stored)));
    ++rewrites;
  }
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
