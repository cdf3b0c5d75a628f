// After the last attention, token-wise work is done only for the rows that are read:
//
//   packed form of NAME = f(a, b, ..)         ->   also rows.NAME = f(gather(a, rows), gather(b, rows), ..)
//                                                  with a new input rows i32[rows]: positions among the packed tokens
//   sequence_pool(first | last)(f(a, ..))     ->   sequence_pool(keep)(f(sequence_pool(a), ..))
//
// f: the token-wise nodes above the value, up to those that are computed for all rows anyway because something that is
// not token-wise (attention) reads them. Pooling gives zeros for a sequence without tokens and f need not map zeros to
// zeros: keep restores them. A pooled value that a default output also shows in full stays.
#include <fmt/format.h>

#include <map>
#include <set>

#include "ops/gather.h"
#include "ops/sequence_pool.h"
#include "passes/passes.h"
#include "passes/rewrite.h"
#include "passes/selection.h"

namespace lathe::passes {
namespace {

/// Lookups stay whole: ids are bound by callers and cost nothing to look up.
bool can_gather(const ops::TensorType& type) { return type.dtype != DType::i32 && type.dtype != DType::i64; }
bool can_pool(const ops::TensorType& type) { return can_gather(type) && type.rank() == 2; }

int offer_rows(ir::Network& network, const PassContext& context) {
  const std::vector<ir::Output> outputs = network.outputs;
  std::map<std::string, ir::ValueId> selectors;  // by the dimension whose rows they choose
  int offered = 0;
  for (const ir::Output& output : outputs) {
    const std::vector<Dim>& shape = network.value(output.value).type.shape;
    if (output.role.role != Role::packed || shape.empty()) continue;
    auto [selector, is_new] = selectors.try_emplace(shape[0].str(), ir::kNone);
    if (is_new) {
      const Dim count = Dim::symbol(network.unique_symbol("rows"));
      selector->second = network.add_input(network.unique_input_name("rows"), {DType::i32, {count}},
                                           ir::InputDefault::required, {Role::rows, selector->first});
    }
    const ir::ValueId rows = selector->second;
    Selection selection(network, output.value, network.value(rows).type.shape[0], can_gather, [&](ir::ValueId v) {
      return network.add1(ops::Gather{0}, {v, rows}, network.value(v).name + ".rows", {network.value(v).name});
    });
    const std::string name = network.unique_output_name("rows." + output.role.of);
    network.mark_output(name, selection.build(), true, {Role::rows, output.role.of});
    context.report(fmt::format("{} computes {} for chosen rows alone", name, counted(selection.size(), "node")));
    ++offered;
  }
  return offered;
}

/// What default outputs are computed from when this node's inputs are left out.
std::set<ir::ValueId> needed_beside(const ir::Network& network, ir::NodeId left_out) {
  std::set<ir::ValueId> seen;
  std::vector<ir::ValueId> open;
  for (const ir::Output& output : network.outputs)
    if (!output.on_demand) open.push_back(output.value);
  while (!open.empty()) {
    ir::ValueId v = open.back();
    open.pop_back();
    ir::NodeId producer = network.value(v).producer;
    if (!seen.insert(v).second || producer == ir::kNone || producer == left_out) continue;
    const ir::Node& node = network.node(producer);
    open.insert(open.end(), node.inputs.begin(), node.inputs.end());
  }
  return seen;
}

bool pool_early(ir::Network& network, ir::NodeId id, const PassContext& context) {
  const ir::Node node = network.node(id);
  const auto* op = node.op.as<ops::SequencePool>();
  if (!op || !op->packed || (op->mode != ops::PoolMode::first && op->mode != ops::PoolMode::last)) return false;
  const ir::ValueId x = node.inputs[0], cu_seqlens = node.inputs[1], pooled = node.outputs[0];
  const ops::TensorType type = network.value(pooled).type;
  if (needed_beside(network, id).count(x)) return false;
  auto pool = [&](ir::ValueId v) {
    return network.add1(*op, {v, cu_seqlens}, network.value(v).name + ".pooled", node.origins);
  };
  Selection selection(network, x, type.shape[0], can_pool, pool);
  if (selection.size() == 0) return false;
  ir::ValueId early = selection.build();
  ir::ValueId kept = network.add1(ops::SequencePool{ops::PoolMode::keep, true}, {early, cu_seqlens},
                                  node.name + ".kept", node.origins);
  substitute(network, pooled, kept);
  context.report(fmt::format("{} pools before {}, which run for one row a sequence", place(node.origins),
                             counted(selection.size(), "node")));
  return true;
}

}  // namespace

int select_rows(ir::Network& network, const PassContext& context) {
  network.sort();
  int rewrites = 0;
  for (ir::NodeId id : network.nodes()) rewrites += pool_early(network, id, context);
  network.sort();
  rewrites += offer_rows(network, context);
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
