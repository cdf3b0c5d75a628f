//   same op, same inputs  ->  one node       equal small constants, or constants over the same bytes  ->  one constant
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>

#include "ops/binary.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

constexpr size_t kComparedBytes = 256;  ///< constants up to this size are compared by content

int merge_constants(ir::Network& network) {
  int merged = 0;
  std::map<std::tuple<std::string, const std::byte*, std::string>, ir::ValueId> seen;
  for (ir::ValueId id : network.live_constants()) {
    const ir::Value& value = network.value(id);
    const Blob& data = value.constant->data;
    bool small = data.size <= kComparedBytes;
    std::string content(small ? reinterpret_cast<const char*>(data.data) : "", small ? data.size : 0);
    auto [place, added] = seen.emplace(std::tuple(to_string(value.type), small ? nullptr : data.data, content), id);
    if (added) continue;
    substitute(network, id, place->second);
    ++merged;
  }
  return merged;
}

std::vector<ir::ValueId> ordered_inputs(const ir::Node& node) {
  std::vector<ir::ValueId> inputs = node.inputs;
  const auto* op = node.op.as<ops::Binary>();
  using Kind = ops::BinaryKind;
  if (op && (op->kind == Kind::add || op->kind == Kind::mul)) std::sort(inputs.begin(), inputs.end());
  return inputs;
}

}  // namespace

int common_subexpressions(ir::Network& network, const PassContext& context) {
  int constants = merge_constants(network);
  if (constants > 0) context.report(fmt::format("{} merged with equal ones", counted(constants, "constant")));
  std::map<std::pair<std::string, std::vector<ir::ValueId>>, ir::NodeId> seen;
  int nodes = 0;
  for (ir::NodeId id : network.nodes()) {
    // Blocks would have to be compared too.
    if (network.node(id).op.traits().effect || !network.node(id).blocks.empty()) continue;
    auto [place, added] = seen.emplace(std::pair(network.node(id).op.str(), ordered_inputs(network.node(id))), id);
    if (added) continue;
    ir::Node& kept = network.node(place->second);
    const ir::Node& twin = network.node(id);
    const ir::NodeId both[] = {place->second, id};
    kept.origins = united_origins(network, both);
    for (size_t i = 0; i < twin.outputs.size(); ++i) substitute(network, twin.outputs[i], kept.outputs[i]);
    context.report(fmt::format("{} is computed once with {}", twin.name, kept.name));
    network.erase(id);
    ++nodes;
  }
  return tidy(network, constants + nodes);
}

}  // namespace lathe::passes
