#include "tests/suites/spelling.h"

#include "ir/expand.h"
#include "ir/verify.h"
#include "tests/support/run_network.h"

namespace lathe::test {
namespace {

/// Puts what nodes are spelt in into their places; how many there were.
int spell_once(ir::Network& network) {
  int spelt = 0;
  for (ir::NodeId id : network.nodes()) {
    const ir::Node node = network.node(id);
    if (!node.op.expands() || node.outputs.size() != 1) continue;
    ir::NetworkExpander to(network, node);
    const ir::ValueId result = node.op.expand(to, node.inputs);
    if (result == ir::kNone) continue;
    network.replace(node.outputs[0], result);
    network.erase(id);
    ++spelt;
  }
  network.sort();
  return spelt;
}

}  // namespace

std::optional<HostTensor> spelt(const Case& of) {
  constexpr int kDeepest = 6;
  ir::Network network;
  NamedTensors given;
  std::vector<ir::ValueId> inputs;
  for (const HostTensor& tensor : of.inputs) {
    const std::string name = "in" + std::to_string(inputs.size());
    inputs.push_back(network.add_input(name, {tensor.dtype, {tensor.shape.begin(), tensor.shape.end()}}));
    given.emplace(name, tensor);
  }
  network.mark_output("y", network.add1(of.op, inputs, "op"));
  if (spell_once(network) == 0) return std::nullopt;
  for (int depth = 1; spell_once(network) > 0; ++depth)
    if (depth > kDeepest) throw std::logic_error("the spelling of " + of.op.str() + " never ends");
  ir::verify(network);
  return run_network(network, given).at("y");
}

}  // namespace lathe::test
