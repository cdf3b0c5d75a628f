#include "passes/token_wise.h"

namespace lathe::passes {

std::optional<RowForm> row_form(const ir::Network& network, const ir::Node& node, std::span<const Dim> lead,
                                const Dim& count) {
  if (node.outputs.size() != 1 || node.inputs.empty()) return std::nullopt;
  const ops::TensorType& result = network.value(node.outputs[0]).type;
  if (!ops::has_rows(result.shape, lead)) return std::nullopt;
  const ops::Types types = network.types_of(node.inputs);
  std::vector<bool> constant;
  for (ir::ValueId v : node.inputs) constant.push_back(network.is_constant(v));
  return node.op.row_form({types, result, constant, lead, count});
}

}  // namespace lathe::passes
