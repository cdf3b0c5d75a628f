//   rnn(x, w, r, ..)   ->   rnn(projected)(linear(x, w), r', ..)     w, r constant; r' [D, h, G h]
//
// The product of the input needs no state: for all steps at once it is a product like any other, and so has every
// tactic and precision that products have, and its weights their packing and recipes. What is left streams R alone.
// Where a target takes the layer whole, or not its parts, it stays whole.
#include <fmt/format.h>

#include "ir/expand.h"
#include "ops/linear.h"
#include "ops/reshape.h"
#include "ops/rnn.h"
#include "ops/transpose.h"
#include "passes/passes.h"
#include "passes/rewrite.h"
#include "passes/target.h"

namespace lathe::passes {
namespace {

/// The parts of a layer as a target is asked about them.
struct Parts {
  ops::Linear linear;
  ops::Rnn rnn;
  ops::TensorType x, w, product, r;  ///< w [D G h, i], r [D, h, G h]
};

Parts parts_of(const ops::Rnn& op, const ops::Types& in) {
  Parts parts{{.transposed = true, .out = in[0].dtype}, op, in[0], in[1], in[0], in[2]};
  parts.rnn.projected = true;
  const std::vector<Dim> w = in[1].shape;
  parts.w.shape = {w[0] * w[1], w[2]};
  parts.product.shape.back() = parts.w.shape[0];
  std::swap(parts.r.shape[1], parts.r.shape[2]);
  return parts;
}

std::vector<TargetOperand> operands(const ir::Network& network, const std::vector<ir::ValueId>& values) {
  std::vector<TargetOperand> list;
  for (ir::ValueId v : values) list.push_back({network.value(v).type, network.is_constant(v)});
  return list;
}

bool is_better_in_parts(const Target& target, const ir::Network& network, const ir::Node& node, const Parts& parts) {
  std::vector<TargetOperand> in = operands(network, node.inputs);
  const std::vector<TargetOperand> out = operands(network, node.outputs);
  if (target.takes(node.op, in, out)) return false;
  const TargetOperand of_linear[] = {{parts.x}, {parts.w, true}}, product[] = {{parts.product}};
  if (!target.takes_everywhere(parts.linear, of_linear, product)) return false;
  in.erase(in.begin());
  in[0] = product[0];
  in[1] = {parts.r, true};
  return target.takes_everywhere(parts.rnn, in, out);
}

void project(ir::Network& network, ir::NodeId id, const Parts& parts) {
  const ir::Node node = network.node(id);
  ir::NetworkExpander to(network, node);
  const ir::ValueId w = to.reshape(node.inputs[1], parts.w.shape);
  const ir::ValueId r = to.add(ops::Transpose{{0, 2, 1}}, {node.inputs[2]});
  std::vector<ir::ValueId> inputs = {to.add(parts.linear, {node.inputs[0], w}), r};
  inputs.insert(inputs.end(), node.inputs.begin() + 3, node.inputs.end());
  const std::vector<ir::ValueId> results = network.add(parts.rnn, inputs, node.name, node.origins);
  for (size_t i = 0; i < results.size(); ++i) substitute(network, node.outputs[i], results[i]);
  take_names(network, network.value(results[0]).producer, id);
  network.erase(id);
}

}  // namespace

int project_rnn(ir::Network& network, const PassContext& context) {
  if (!context.target) return 0;
  int rewrites = 0;
  for (ir::NodeId id : network.nodes()) {
    const ir::Node& node = network.node(id);
    const auto* op = node.op.as<ops::Rnn>();
    if (!op || op->projected || !network.is_constant(node.inputs[1]) || !network.is_constant(node.inputs[2])) continue;
    const ops::Types types = network.types_of(node.inputs);
    if (!(types[0].shape.back() == types[1].shape.back())) continue;  // left to a run to compare
    const Parts parts = parts_of(*op, types);
    if (!is_better_in_parts(*context.target, network, node, parts)) continue;
    context.report(fmt::format("the product of {}'s input became linear", node.name));
    project(network, id, parts);
    ++rewrites;
  }
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
