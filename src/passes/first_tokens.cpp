//   x[:, 0] of x [batch, seq, width] under a mask of tokens   ->   sequence_pool(first)(x, mask)
//
// What a model reads at position 0 is the first token of each text: the first one that counts. Only where padding may
// be dropped: where the mask hides position 0, the two differ.
#include <fmt/format.h>

#include "ops/masked.h"
#include "ops/reshape.h"
#include "ops/sequence_pool.h"
#include "ops/slice.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

/// The mask [batch, seq] of the first op that reads tokens under one.
ir::ValueId mask_of_tokens(const ir::Network& network) {
  for (ir::NodeId id : network.nodes()) {
    const ir::Node& node = network.node(id);
    if (const auto masked = node.op.masked(); masked && masked->gives_rows) return node.inputs[masked->mask];
  }
  return ir::kNone;
}

/// Whether the slice takes position 0 of all texts, whole.
bool takes_first(const ir::Network& network, const ir::Node& node, const std::vector<Dim>& batch_seq) {
  const auto* op = node.op.as<ops::Slice>();
  if (!op) return false;
  const std::vector<Dim>& x = network.value(node.inputs[0]).type.shape;
  const std::vector<Dim> part = {batch_seq[0], Dim(1), x.back()};
  return x.size() == 3 && x[0] == batch_seq[0] && x[1] == batch_seq[1] && op->size == part && op->stride.empty() &&
         op->start == std::vector<Dim>(3, Dim(0));
}

}  // namespace

int first_tokens(ir::Network& network, const PassContext& context) {
  if (context.padding != Padding::dropped) return 0;
  const ir::ValueId mask = mask_of_tokens(network);
  if (mask == ir::kNone) return 0;
  const std::vector<Dim> batch_seq = network.value(mask).type.shape;
  size_t found = 0;
  for (ir::NodeId id : network.nodes()) {
    const ir::Node node = network.node(id);
    if (!node.alive || batch_seq.size() != 2 || !takes_first(network, node, batch_seq)) continue;
    const std::vector<Dim> shape = network.value(node.outputs[0]).type.shape;
    const ir::ValueId first = network.add1(ops::SequencePool{ops::PoolMode::first}, {node.inputs[0], mask},
                                           node.name + ".first", node.origins);
    substitute(network, node.outputs[0], network.add1(ops::Reshape{shape}, {first}, node.name, node.origins));
    network.erase(id);
    ++found;
  }
  if (found > 0)
    context.report(fmt::format("{} at position 0 became that of the first token that counts", counted(found, "row")));
  return tidy(network, static_cast<int>(found));
}

}  // namespace lathe::passes
