//   f(reshape(x))                ->   reshape(f(x))       f row by row, the reshape [a, b.., rest..] -> [a*b.., rest..]
//   f(reshape(x), reshape(y))    ->   reshape(f(x, y))
//   f(reshape(x))                ->   reshape(f(reshape(x)))   where rest is reshaped too: heads become one row
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
    if (!form || !find_lead(node, *form)) return false;
    ops::Types types = network_.types_of(node.inputs);
    for (size_t i = 0; i < types.size(); ++i)
      if (form->operands[i] == Operand::rows) types[i].shape = apart(types[i].shape);
    if (!gives(form->op, types, {network_.value(node.outputs[0]).type.dtype, apart(result)})) return false;
    ir::NetworkExpander to(network_, node);
    std::vector<ir::ValueId> inputs = node.inputs;
    for (size_t i = 0; i < inputs.size(); ++i)
      if (form->operands[i] == Operand::rows) {
        const ir::ValueId x = network_.producer(inputs[i])->inputs[0];
        inputs[i] = shape(x) == types[i].shape ? x : to.reshape(x, types[i].shape);
      }
    const ir::ValueId made = to.add(form->op, inputs);
    take_names(network_, network_.value(made).producer, id);
    substitute(network_, node.outputs[0], to.reshape(made, result));
    network_.erase(id);
    return true;
  }

 private:
  const std::vector<Dim>& shape(ir::ValueId v) const { return network_.value(v).type.shape; }

  /// [rows, rest..] -> [lead.., rest..]
  std::vector<Dim> apart(const std::vector<Dim>& shape) const {
    std::vector<Dim> full = lead_;
    full.insert(full.end(), shape.begin() + 1, shape.end());
    return full;
  }

  /// The dimensions that all operands with rows have in the place of these, before they are reshaped, become lead_.
  bool find_lead(const ir::Node& node, const RowForm& form) {
    lead_.clear();
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (form.operands[i] == Operand::squeezed) return false;
      if (form.operands[i] != Operand::rows) continue;
      const std::vector<Dim> lead = lead_of(node.inputs[i]);
      if (lead.empty() || (!lead_.empty() && lead_ != lead)) return false;
      lead_ = lead;
    }
    return !lead_.empty();
  }

  /// Of a reshaped value [rows, rest..]: the first dimensions before, which make up its rows; none where it is not
  /// such.
  std::vector<Dim> lead_of(ir::ValueId value) const {
    const ir::Node* producer = network_.producer(value);
    if (!producer || !producer->op.is<ops::Reshape>()) return {};
    const std::vector<Dim>& from = shape(producer->inputs[0]);
    const Dim& rows = shape(value)[0];
    Dim product(1);
    size_t parts = 0;  // a dimension that is one alone, beside some of size 1, is none that hides others
    for (size_t d = 0; d < from.size(); ++d) {
      product = product * from[d];
      parts += from[d] == Dim(1) ? 0 : 1;
      if (product == rows && parts > 1) return {from.begin(), from.begin() + static_cast<int64_t>(d) + 1};
    }
    return {};
  }

  /// Whether the op is row by row over several leading dimensions too, which those with shapes among their attributes
  /// are not.
  static bool gives(const ops::Op& op, const ops::Types& inputs, const ops::TensorType& type) {
    try {
      ops::Equalities needed;
      const ops::Types types = op.infer(inputs, needed);
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
