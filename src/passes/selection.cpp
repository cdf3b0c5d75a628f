#include "passes/selection.h"

namespace lathe::passes {
namespace {

/// The values that some nodes are computed from, these nodes' inputs included.
std::set<ir::ValueId> ancestors(const ir::Network& network, std::vector<ir::ValueId> values) {
  std::set<ir::ValueId> seen;
  while (!values.empty()) {
    ir::ValueId v = values.back();
    values.pop_back();
    const ir::Node* node = network.producer(v);
    if (!seen.insert(v).second || !node) continue;
    values.insert(values.end(), node->inputs.begin(), node->inputs.end());
  }
  return seen;
}

}  // namespace

Selection::Selection(ir::Network& network, ir::ValueId value, Dim count, Selectable selectable, Select select)
    : network_(network),
      value_(value),
      lead_{network.value(value).type.shape.at(0)},
      count_(std::move(count)),
      selectable_(selectable),
      select_(std::move(select)) {
  find_full();
  find_cone();
}

ir::ValueId Selection::build() {
  for (ir::NodeId id : network_.nodes()) {
    if (!cone_.count(id)) continue;
    const ir::Node node = network_.node(id);
    RowForm on_rows = *form(node);
    std::vector<ir::ValueId> inputs;
    for (size_t i = 0; i < node.inputs.size(); ++i)
      inputs.push_back(on_rows.operands[i] == Operand::shared ? node.inputs[i] : selected(node.inputs[i]));
    selected_[node.outputs[0]] = network_.add1(on_rows.op, inputs, node.name + ".rows", node.origins);
  }
  return selected(value_);
}

std::optional<RowForm> Selection::form(const ir::Node& node) const {
  std::optional<RowForm> found = row_form(network_, node, lead_, count_);
  for (size_t i = 0; found && i < node.inputs.size(); ++i)
    if (found->operands[i] == Operand::rows && !selectable_(network_.value(node.inputs[i]).type)) return {};
  if (!found) return found;
  // With one leading dimension nothing is to be squeezed or repeated but [1, rest..], which broadcasts as it is.
  for (Operand& operand : found->operands)
    if (operand == Operand::squeezed || operand == Operand::repeated) operand = Operand::shared;
  return found;
}

/// Everything that nodes which are not token-wise are computed from, and the values that callers may bind.
void Selection::find_full() {
  std::vector<ir::ValueId> read;
  for (ir::ValueId v : ancestors(network_, {value_})) {
    const ir::Node* node = network_.producer(v);
    if (node && !form(*node)) read.insert(read.end(), node->inputs.begin(), node->inputs.end());
  }
  full_ = ancestors(network_, read);
  for (const ir::Entry& entry : network_.entries) full_.insert(entry.value);
}

void Selection::find_cone() {
  std::vector<ir::ValueId> open = {value_};
  while (!open.empty()) {
    ir::ValueId v = open.back();
    open.pop_back();
    const ir::Node* node = network_.producer(v);
    std::optional<RowForm> rows = node && !full_.count(v) ? form(*node) : std::nullopt;
    if (!rows || !cone_.insert(network_.value(v).producer).second) continue;
    for (size_t i = 0; i < node->inputs.size(); ++i)
      if (rows->operands[i] == Operand::rows) open.push_back(node->inputs[i]);
  }
}

ir::ValueId Selection::selected(ir::ValueId v) {
  auto [place, added] = selected_.emplace(v, ir::kNone);
  if (added) place->second = select_(v);
  return place->second;
}

}  // namespace lathe::passes
