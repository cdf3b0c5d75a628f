#include "compiler/blocks.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace lathe::compiler {
namespace {

/// A product within a block is one with weights where its weights are known there. What comes from a source of that
/// name does so under the names of the block too.
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
    const ir::Value& value = network.value(node.inputs[i]);
    ir::Constant constant = *value.constant;
    if (!constant.recipe) constant.recipe = ops::recipe_of(value.name);
    for (size_t b = 0; b < blocks.size(); ++b) {
      const auto input = blocks[b].inputs.begin() + place(b);
      blocks[b].value(input->value).constant = constant;
      blocks[b].inputs.erase(input);
    }
    network.drop_input(id, i);
  }
}

/// What several blocks made of one constant is held once: the same recipe, the same bytes.
class Shared {
 public:
  void share(ir::Network& block) {
    for (ir::ValueId id : block.live_constants()) {
      ir::Value& value = block.value(id);
      if (!value.constant->recipe || value.constant->data.size == 0) continue;
      std::vector<ir::Constant>& list =
          known_[ops::to_string(value.type) + " " + ops::to_string(*value.constant->recipe)];
      const auto same = std::find_if(list.begin(), list.end(), [&](const ir::Constant& other) {
        return other.data.data == value.constant->data.data ||
               std::memcmp(other.data.data, value.constant->data.data, value.constant->data.size) == 0;
      });
      if (same == list.end())
        list.push_back(*value.constant);
      else
        value.constant = *same;
    }
  }

 private:
  std::map<std::string, std::vector<ir::Constant>> known_;  ///< by type and recipe
};

void optimise_blocks(ir::Network& network, const std::function<void(ir::Network& block)>& optimise, Shared& shared) {
  for (ir::NodeId id : network.nodes()) {
    ir::Node& node = network.node(id);
    if (node.blocks.empty()) continue;
    std::vector<ir::Network> blocks;
    for (const auto& block : node.blocks) blocks.push_back(*block);
    sink_constants(network, id, blocks);
    node.blocks.clear();
    for (ir::Network& block : blocks) {
      optimise_blocks(block, optimise, shared);
      optimise(block);
      shared.share(block);
      node.blocks.push_back(std::make_shared<ir::Network>(std::move(block)));
    }
  }
}

}  // namespace

void optimise_blocks(ir::Network& network, const std::function<void(ir::Network& block)>& optimise) {
  Shared shared;
  optimise_blocks(network, optimise, shared);
}

}  // namespace lathe::compiler
