//   f(expand(x), y)        ->   f(x, y)                  f broadcasts its operands, and gives the same shape without
//   transpose(expand(x))   ->   expand(transpose(x))     where ranks are the same
#include <fmt/format.h>

#include "base/error.h"
#include "ops/binary.h"
#include "ops/compare.h"
#include "ops/expand.h"
#include "ops/matmul.h"
#include "ops/transpose.h"
#include "ops/where.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

bool broadcasts(const ops::Op& op) {
  return op.is<ops::MatMul>() || op.is<ops::Binary>() || op.is<ops::Compare>() || op.is<ops::Where>();
}

/// What the value is expanded from, or kNone.
ir::ValueId unexpanded(const ir::Network& network, ir::ValueId value) {
  const ir::Node* node = network.producer(value);
  return node && node->op.is<ops::Expand>() ? node->inputs[0] : ir::kNone;
}

bool same_shape(const ir::Network& network, const ops::Op& op, const std::vector<ir::ValueId>& inputs,
                ir::ValueId result) {
  try {
    ops::Equalities needed;
    const ops::Types types = op.infer(network.types_of(inputs), needed);
    return needed.empty() && types.size() == 1 && types[0] == network.value(result).type;
  } catch (const Error&) {
    return false;
  }
}

size_t drop(ir::Network& network, ir::NodeId id) {
  size_t dropped = 0;
  for (size_t i = 0; i < network.node(id).inputs.size(); ++i) {
    const ir::Node& node = network.node(id);
    std::vector<ir::ValueId> inputs = node.inputs;
    inputs[i] = unexpanded(network, inputs[i]);
    if (inputs[i] == ir::kNone || !same_shape(network, node.op, inputs, node.outputs[0])) continue;
    network.set_input(id, i, inputs[i]);
    ++dropped;
  }
  return dropped;
}

bool swap(ir::Network& network, ir::NodeId id) {
  const ir::Node node = network.node(id);
  const ir::ValueId x = unexpanded(network, node.inputs[0]);
  const ops::TensorType result = network.value(node.outputs[0]).type;
  if (x == ir::kNone || network.value(x).type.rank() != result.rank()) return false;
  const ir::ValueId turned = network.add1(node.op, {x}, node.name, node.origins);
  const ir::ValueId made = network.add1(ops::Expand{result.shape}, {turned}, node.name + ".expanded", node.origins);
  substitute(network, node.outputs[0], made);
  network.erase(id);
  return true;
}

}  // namespace

int drop_expands(ir::Network& network, const PassContext& context) {
  network.sort();
  const std::vector<ir::NodeId> order = network.nodes();
  size_t dropped = 0, swapped = 0;
  for (ir::NodeId id : order) {
    const ops::Op op = network.node(id).op;
    if (broadcasts(op)) dropped += drop(network, id);
    if (op.is<ops::Transpose>()) swapped += swap(network, id) ? 1 : 0;
  }
  if (dropped > 0) context.report(fmt::format("{} dropped: their readers broadcast", counted(dropped, "expand")));
  return tidy(network, static_cast<int>(dropped + swapped));
}

}  // namespace lathe::passes
