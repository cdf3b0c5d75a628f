//   f(reshape(x))                ->   reshape(f(x))       f row by row, the reshape [a, b.., rest..] -> [a*b.., rest..]
//   f(reshape(x), reshape(y))    ->   reshape(f(x, y))
//
// Where a product takes matrices alone, exporters and simplifiers put all positions of all texts into one dimension.
// The reshapes sink until they meet those that take it apart again. Other passes then see batch and positions.
#include <fmt/format.h>

#include <algorithm>

#include "ir/expand.h"
#include "lathe/error.h"
#include "ops/reshape.h"
#include "passes/passes.h"
#include "passes/rewrite.h"
#include "passes/token_wise.h"

namespace lathe::passes {
namespace {

class Sinker {
 public:
  explicit Sinker(ir::Network& network) : network_(network) {}

  bool visit(ir::NodeId id) {
    const ir::Node node = network_.node(id);
    if (node.outputs.size() != 1 || node.op.is<ops::Reshape>()) return false;
    const std::vector<Dim> result = shape(node.outputs[0]);
    if (result.empty()) return false;
    const std::optional<RowForm> form = row_form(network_, node, std::span(result).first(1), result[0]);
    if (!form) return false;
    const std::optional<std::vector<ir::ValueId>> inputs = on_lead(node, *form);
    if (!inputs) return false;
    std::vector<Dim> wanted = lead_;
    wanted.insert(wanted.end(), result.begin() + 1, result.end());
    if (!gives(form->op, *inputs, {network_.value(node.outputs[0]).type.dtype, wanted})) return false;
    ir::NetworkExpander to(network_, node);
    const ir::ValueId made = to.add(form->op, *inputs);
    take_names(network_, network_.value(made).producer, id);
    substitute(network_, node.outputs[0], to.reshape(made, result));
    network_.erase(id);
    return true;
  }

 private:
  const std::vector<Dim>& shape(ir::ValueId v) const { return network_.value(v).type.shape; }

  /// The operands before their reshapes; all that have rows must have the same leading dimensions, which become lead_.
  std::optional<std::vector<ir::ValueId>> on_lead(const ir::Node& node, const RowForm& form) {
    lead_.clear();
    std::vector<ir::ValueId> inputs = node.inputs;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (form.operands[i] == Operand::squeezed) return std::nullopt;
      if (form.operands[i] != Operand::rows) continue;
      const ir::Node* producer = network_.producer(inputs[i]);
      if (!producer || !producer->op.is<ops::Reshape>()) return std::nullopt;
      const std::vector<Dim>&from = shape(producer->inputs[0]), &to = shape(inputs[i]);
      if (from.size() <= to.size() || !std::equal(to.begin() + 1, to.end(), from.end() - (to.end() - to.begin() - 1)))
        return std::nullopt;
      const std::vector<Dim> lead(from.begin(), from.end() - (to.end() - to.begin() - 1));
      if (!lead_.empty() && lead_ != lead) return std::nullopt;
      lead_ = lead;
      inputs[i] = producer->inputs[0];
    }
    // A dimension that is one alone, beside some of size 1, is none that hides others.
    if (std::count_if(lead_.begin(), lead_.end(), [](const Dim& d) { return !(d == Dim(1)); }) < 2) return std::nullopt;
    return inputs;
  }

  /// Whether the op is row by row over several leading dimensions too, which those with shapes among their attributes
  /// are not.
  bool gives(const ops::Op& op, const std::vector<ir::ValueId>& inputs, const ops::TensorType& type) const {
    try {
      ops::Equalities needed;
      const ops::Types types = op.infer(network_.types_of(inputs), needed);
      return needed.empty() && types.size() == 1 && types[0] == type;
    } catch (const Error&) {
      return false;
    }
  }

  ir::Network& network_;
  std::vector<Dim> lead_;
};

}  // namespace

int sink_reshapes(ir::Network& network, const PassContext& context) {
  Sinker sinker(network);
  int rewrites = 0;
  for (ir::NodeId id : network.nodes()) rewrites += sinker.visit(id);
  if (rewrites > 0)
    context.report(fmt::format("reshapes moved past {}", counted(static_cast<size_t>(rewrites), "node")));
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
