//   x[:, 0] of x [batch, seq, width], made under one mask of tokens (row_masks.h)   ->   sequence_pool(first)(x, mask)
//
// What a model reads at position 0 is the first token of each text: the first one that counts. Only where padding may
// be dropped: where the mask hides position 0, the two differ.
#include <fmt/format.h>

#include "ops/masked.h"
#include "ops/reshape.h"
#include "ops/sequence_pool.h"
#include "ops/slice.h"
#include "passes/mask.h"
#include "passes/passes.h"
#include "passes/rewrite.h"
#include "passes/row_masks.h"

namespace lathe::passes {
namespace {

/// What the first op that gives rows under the mask reads as it.
ir::ValueId mask_read(const ir::Network& network, ir::ValueId mask) {
  for (ir::NodeId id : network.nodes()) {
    const ir::Node& node = network.node(id);
    const auto masked = node.op.masked();
    if (masked && masked->gives_rows && without_casts(network, node.inputs[masked->mask]) == mask)
      return node.inputs[masked->mask];
  }
  return ir::kNone;
}

/// Whether the slice takes position 0 of all texts, whole.
bool takes_first(const ir::Network& network, const ir::Node& node) {
  const auto* op = node.op.as<ops::Slice>();
  if (!op) return false;
  const std::vector<Dim>& x = network.value(node.inputs[0]).type.shape;
  return x.size() == 3 && op->size == std::vector<Dim>{x[0], Dim(1), x[2]} && op->stride.empty() &&
         op->start == std::vector<Dim>(3, Dim(0));
}

}  // namespace

int first_tokens(ir::Network& network, const PassContext& context) {
  if (context.padding != Padding::dropped) return 0;
  const RowMasks row_masks(network, context.padding);
  size_t found = 0;
  for (ir::NodeId id : network.nodes()) {
    const ir::Node node = network.node(id);
    if (!node.alive || !takes_first(network, node)) continue;
    const ir::ValueId maker = row_masks.maker(node.inputs[0]);
    if (maker == ir::kNone) continue;
    const ir::ValueId mask = mask_read(network, maker);
    const std::vector<Dim> x = network.value(node.inputs[0]).type.shape,
                           shape = network.value(node.outputs[0]).type.shape;
    if (!(network.value(mask).type.shape == std::vector<Dim>{x[0], x[1]})) continue;
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
