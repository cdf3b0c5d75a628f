#include "compiler/blocks.h"

#include <algorithm>

namespace lathe::compiler {
namespace {

/// A product within a block is one with weights where its weights are known there.
void sink_constants(ir::Network& network, ir::NodeId id, std::vector<ir::Network>& blocks) {
  const ir::Node& node = network.node(id);
  for (size_t i = node.inputs.size(); i-- > 0;) {
    if (!network.is_constant(node.inputs[i])) continue;
    const std::vector<ops::BlockTypes> types = node.op.blocks(network.types_of(node.inputs));
    const auto place = [&](size_t b) {
      return std::find(types[b].from.begin(), types[b].from.end(), static_cast<int>(i)) - types[b].from.begin();
    };
    bool taken = true;
    for (size_t b = 0; b < blocks.size(); ++b) taken = taken && place(b) < std::ssize(types[b].from);
    if (!taken) continue;
    for (size_t b = 0; b < blocks.size(); ++b) {
      const auto input = blocks[b].inputs.begin() + place(b);
      blocks[b].value(input->value).constant = network.value(node.inputs[i]).constant;
      blocks[b].inputs.erase(input);
    }
    network.drop_input(id, i);
  }
}

}  // namespace

void optimise_blocks(ir::Network& network, const std::function<void(ir::Network& block)>& optimise) {
  for (ir::NodeId id : network.nodes()) {
    ir::Node& node = network.node(id);
    if (node.blocks.empty()) continue;
    std::vector<ir::Network> blocks;
    for (const auto& block : node.blocks) blocks.push_back(*block);
    sink_constants(network, id, blocks);
    node.blocks.clear();
    for (ir::Network& block : blocks) {
      optimise_blocks(block, optimise);
      optimise(block);
      node.blocks.push_back(std::make_shared<ir::Network>(std::move(block)));
    }
  }
}

}  // namespace lathe::compiler
