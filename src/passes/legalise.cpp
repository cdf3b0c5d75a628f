//   a fused op that no kernel takes      ->   what it is spelt in (Op::expand), where kernels take all of that
//   linear(a + b + ..) that none takes   ->   linear(a + ..), or conv, with the longest epilogue that one takes, and
//   the other
//                                             records as ops behind it
//
// Fusions grow as far as the algebra allows; what a kernel does is its own affair and decided here. A spelling may hold
// fused ops in turn. What has no spelling that is taken as a whole stays as it is, for the reference.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>

#include "ir/expand.h"
#include "ops/products.h"
#include "passes/passes.h"
#include "passes/rewrite.h"
#include "passes/spelling.h"
#include "passes/target.h"

namespace lathe::passes {
namespace {

class Legaliser {
 public:
  Legaliser(ir::Network& network, const PassContext& context)
      : network_(network), context_(context), target_(*context.target) {}

  int run() {
    const std::vector<ir::NodeId> nodes = network_.nodes();
    open_.assign(nodes.begin(), nodes.end());
    while (!open_.empty()) {
      const ir::NodeId id = open_.front();
      open_.pop_front();
      const ir::Node node = network_.node(id);
      if (!node.op.expands() || node.outputs.size() != 1) continue;
      const std::vector<TargetOperand> inputs = operands(node.inputs), outputs = operands(node.outputs);
      if (target_.takes(node.op, inputs, outputs)) continue;
      if (!split(id, node, inputs)) spell(id, node, inputs);
    }
    return rewrites_;
  }

 private:
  std::vector<TargetOperand> operands(const std::vector<ir::ValueId>& values) const {
    std::vector<TargetOperand> list;
    for (ir::ValueId v : values) list.push_back({network_.value(v).type, will_be_constant(v)});
    return list;
  }

  /// Casts of weights that spellings add are computed by fold_constants, which follows.
  bool will_be_constant(ir::ValueId value) const {
    const ir::NodeId producer = network_.value(value).producer;
    if (producer == ir::kNone || !added_.contains(producer)) return network_.is_constant(value);
    const ir::NodeInputs& inputs = network_.node(producer).inputs;
    return !inputs.empty() && std::all_of(inputs.begin(), inputs.end(), [&](auto v) { return will_be_constant(v); });
  }

  bool split(ir::NodeId id, const ir::Node& node, std::span<const TargetOperand> inputs) {
    if (!ops::epilogue_of(node.op) || !taken_prefix(target_, node.op, inputs)) return false;
    ir::NetworkExpander to(network_, node);
    const ir::ValueId result = cut_epilogue(target_, node.op, inputs, to, node.inputs);
    take_names(network_, to.nodes().at(0), id);
    replace(id, node, to, result);
    return true;
  }

  void spell(ir::NodeId id, const ir::Node& node, std::span<const TargetOperand> inputs) {
    if (!is_taken_in_parts(target_, node.op, inputs)) return;
    ir::NetworkExpander to(network_, node);
    const ir::ValueId result = node.op.expand(to, node.inputs);
    if (result != ir::kNone) replace(id, node, to, result);
  }

  /// What was added does the node's work now, and is looked at in turn.
  void replace(ir::NodeId id, const ir::Node& node, const ir::NetworkExpander& to, ir::ValueId result) {
    substitute(network_, node.outputs[0], result);
    network_.erase(id);
    std::string parts;
    for (ir::NodeId part : to.nodes()) {
      parts += (parts.empty() ? "" : ", ") + network_.node(part).op.str();
      open_.push_back(part);
      added_.insert(part);
    }
    context_.report(fmt::format("{} was split: no kernel takes {}; {} do", node.name, node.op.str(), parts));
    ++rewrites_;
  }

  ir::Network& network_;
  const PassContext& context_;
  const Target& target_;
  std::deque<ir::NodeId> open_;
  std::set<ir::NodeId> added_;
  int rewrites_ = 0;
};

}  // namespace

int legalise(ir::Network& network, const PassContext& context) {
  return context.target ? tidy(network, Legaliser(network, context).run()) : 0;
}

}  // namespace lathe::passes
