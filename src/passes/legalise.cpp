//   a fused op that the target does not take   ->   what it is spelt in (Op::expand), where the target takes all of
//   that linear(a + b + ..)                         ->   linear(a + ..) with the longest epilogue that the target
//   takes, and
//                                                   the rest of its records as ops behind it
//
// Fusions grow as far as the algebra allows; what a kernel does is its own affair and decided here. A spelling may hold
// fused ops in turn. What has no spelling that is taken as a whole stays as it is, for the reference.
#include <fmt/format.h>

#include <deque>

#include "ir/expand.h"
#include "ops/linear.h"
#include "passes/passes.h"
#include "passes/rewrite.h"
#include "passes/spelling.h"
#include "passes/target.h"

namespace lathe::passes {
namespace {

/// The first `count` records, working and storing in `working`.
ops::Linear prefix(const ops::Linear& op, size_t count, DType working) {
  ops::Linear head = op;
  head.epilogue.records.resize(count);
  head.out = working;
  return head;
}

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
      if (!split(id, node, inputs, outputs)) spell(id, node, inputs);
    }
    return rewrites_;
  }

 private:
  std::vector<TargetOperand> operands(const std::vector<ir::ValueId>& values) const {
    std::vector<TargetOperand> list;
    for (ir::ValueId v : values) list.push_back({network_.value(v).type, network_.is_constant(v)});
    return list;
  }

  /// The most records of the linear's epilogue that the target takes, less than all; nothing: not even none.
  std::optional<size_t> longest(const ops::Linear& op, std::span<const TargetOperand> inputs,
                                const TargetOperand& output) const {
    for (size_t count = op.epilogue.records.size(); count-- > 0;) {
      const ops::Linear head = prefix(op, count, output.type.dtype);
      if (target_.takes(head, inputs.first(2 + head.epilogue.operands()), {&output, 1})) return count;
    }
    return std::nullopt;
  }

  bool split(ir::NodeId id, const ir::Node& node, std::span<const TargetOperand> inputs,
             std::span<const TargetOperand> outputs) {
    const auto* op = node.op.as<ops::Linear>();
    if (!op) return false;
    // An epilogue works in FP32, whatever is stored in the end.
    const DType working = op->out == DType::f64 ? DType::f64 : DType::f32;
    TargetOperand middle = outputs[0];
    middle.type.dtype = working;
    const std::optional<size_t> count = longest(*op, inputs, middle);
    if (!count) return false;

    const ops::Linear head = prefix(*op, *count, working);
    const auto end = node.inputs.begin() + static_cast<int64_t>(2 + head.epilogue.operands());
    ir::NetworkExpander to(network_, node);
    const ir::ValueId y = to.add(head, {node.inputs.begin(), end});
    ops::Epilogue rest;
    rest.records.assign(op->epilogue.records.begin() + static_cast<int64_t>(*count), op->epilogue.records.end());
    const std::vector<ir::ValueId> left(end, node.inputs.end());
    const ir::ValueId result = to.cast(ops::expand(rest, to, y, left), op->out);
    take_names(network_, network_.value(y).producer, id);
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
    }
    context_.report(fmt::format("{} was split: no kernel takes {}; {} do", node.name, node.op.str(), parts));
    ++rewrites_;
  }

  ir::Network& network_;
  const PassContext& context_;
  const Target& target_;
  std::deque<ir::NodeId> open_;
  int rewrites_ = 0;
};

}  // namespace

int legalise(ir::Network& network, const PassContext& context) {
  return context.target ? tidy(network, Legaliser(network, context).run()) : 0;
}

}  // namespace lathe::passes
