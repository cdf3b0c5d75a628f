//   ops that are computed element by element, connected    ->   pointwise(program)
//
// Each value within is read only within. What is computed on fewer elements, and repeated by a reader, stays outside.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ops/pointwise.h"
#include "passes/passes.h"
#include "passes/rewrite.h"
#include "passes/target.h"

namespace lathe::passes {
namespace {
using ops::PointwiseProgram;

class PointwiseFusion {
 public:
  PointwiseFusion(ir::Network& network, const PassContext& context) : network_(network), context_(context) {
    for (const ir::Entry& entry : network.entries) entries_.insert(entry.value);
  }

  int run() {
    int rewrites = 0;
    for (ir::ValueId root : values_from_the_end(network_)) {
      const ir::NodeId id = network_.value(root).producer;
      if (id == ir::kNone || !network_.node(id).alive || !may_be_step(id)) continue;
      rewrites += fuse_to(root, id) ? 1 : 0;
    }
    return rewrites;
  }

 private:
  bool may_be_step(ir::NodeId id) const {
    const ir::Node& node = network_.node(id);
    return node.outputs.size() == 1 && ops::is_pointwise(node.op);
  }

  /// Whether the value's node may join a group that computes values of root's shape.
  bool may_join(ir::ValueId value, ir::ValueId root, const std::set<ir::NodeId>& group) const {
    const ir::NodeId id = network_.value(value).producer;
    if (id == ir::kNone || group.contains(id) || !may_be_step(id)) return false;
    if (network_.is_output(value) || entries_.contains(value)) return false;
    if (network_.value(value).type.shape != network_.value(root).type.shape) return false;
    const std::vector<ir::NodeId> users = network_.users(value);
    return std::all_of(users.begin(), users.end(), [&](ir::NodeId user) { return group.contains(user); });
  }

  /// Values that the group reads of others, in the order of its nodes.
  std::vector<ir::ValueId> inputs_of(const std::vector<ir::NodeId>& group) const {
    std::vector<ir::ValueId> inputs;
    std::set<ir::ValueId> made;
    for (ir::NodeId id : group) {
      for (ir::ValueId v : network_.node(id).inputs)
        if (!made.contains(v) && std::find(inputs.begin(), inputs.end(), v) == inputs.end()) inputs.push_back(v);
      made.insert(network_.node(id).outputs[0]);
    }
    return inputs;
  }

  ops::Pointwise program_of(const std::vector<ir::NodeId>& group, std::vector<ir::ValueId> values) const {
    ops::Pointwise op;
    for (ir::NodeId id : group) {
      ops::PointwiseStep step{network_.node(id).op, {}};
      for (ir::ValueId v : network_.node(id).inputs)
        step.args.push_back(static_cast<int>(std::find(values.begin(), values.end(), v) - values.begin()));
      op.program.steps.push_back(std::move(step));
      values.push_back(network_.node(id).outputs[0]);
    }
    return op;
  }

  bool is_taken(const ops::Op& op, const std::vector<ir::ValueId>& inputs, ir::ValueId root) const {
    std::vector<TargetOperand> given;
    for (ir::ValueId v : inputs) given.push_back({network_.value(v).type, network_.is_constant(v)});
    const TargetOperand result{network_.value(root).type, false};
    return context_.target->takes_everywhere(op, given, {&result, 1});
  }

  /// The group in the order of the network.
  std::vector<ir::NodeId> in_order(const std::set<ir::NodeId>& group) const {
    std::vector<ir::NodeId> ordered;
    std::set<ir::NodeId> left = group;
    while (!left.empty())
      for (auto it = left.begin(); it != left.end();) {
        const ir::NodeInputs& inputs = network_.node(*it).inputs;
        const bool waits = std::any_of(inputs.begin(), inputs.end(),
                                       [&](ir::ValueId v) { return left.contains(network_.value(v).producer); });
        if (waits) {
          ++it;
          continue;
        }
        ordered.push_back(*it);
        it = left.erase(it);
      }
    return ordered;
  }

  bool fuse_to(ir::ValueId root, ir::NodeId last) {
    std::set<ir::NodeId> group = {last};
    for (bool grows = true; grows && group.size() < PointwiseProgram::kMostSteps;) {
      grows = false;
      for (ir::NodeId id : std::vector<ir::NodeId>(group.begin(), group.end()))
        for (ir::ValueId v : network_.node(id).inputs) {
          if (group.size() == PointwiseProgram::kMostSteps || !may_join(v, root, group)) continue;
          group.insert(network_.value(v).producer);
          if (inputs_of(in_order(group)).size() > PointwiseProgram::kMostInputs)
            group.erase(network_.value(v).producer);
          else
            grows = true;
        }
    }
    if (group.size() < 2) return false;
    const std::vector<ir::NodeId> nodes = in_order(group);
    const std::vector<ir::ValueId> inputs = inputs_of(nodes);
    const ops::Op op = program_of(nodes, inputs);
    if (!is_taken(op, inputs, root)) return false;
    const std::string where = place(united_origins(network_, nodes));
    if (!fuse(network_, nodes, root, op, inputs)) return false;
    context_.report(fmt::format("{} of {} became {}", counted(nodes.size(), "node"), where, op.str()));
    return true;
  }

  ir::Network& network_;
  const PassContext& context_;
  std::set<ir::ValueId> entries_;
};

}  // namespace

int fuse_pointwise(ir::Network& network, const PassContext& context) {
  return context.target ? tidy(network, PointwiseFusion(network, context).run()) : 0;
}

}  // namespace lathe::passes
