#include "api/wishes.h"

#include <algorithm>

#include "base/dtype.h"
#include "base/error.h"
#include "ops/cast.h"

namespace lathe::api {
namespace {

using ir::NodeId;
using ir::ValueId;

ValueId cast_of(ir::Network& network, ValueId v, DType type, std::string_view name) {
  if (network.value(v).type.dtype == type) return v;
  return network.add1(ops::Cast{type}, {v}, fmt::format("{}.{}", name, to_string(type)));
}

struct Moved {
  NodeId node;
  std::vector<ValueId> results;  ///< in the types that they had
};

/// The layer on operands of the type.
Moved compute_in(ir::Network& network, NodeId id, DType type) {
  const ir::Node old = network.node(id);
  std::vector<ValueId> inputs;
  for (ValueId v : old.inputs)
    inputs.push_back(is_float(network.value(v).type.dtype) ? cast_of(network, v, type, old.name) : v);
  std::vector<ValueId> made;
  try {
    made = network.add(old.op, inputs, fmt::format("{}.{}", old.name, to_string(type)), old.origins);
  } catch (const Error& error) {
    throw Error(error.code(), old.name, fmt::format("it is not computed in {}: {}", to_string(type), error.problem()),
                "reset_precision()");
  }
  Moved moved{network.value(made[0]).producer, {}};
  for (size_t i = 0; i < made.size(); ++i) {
    const ValueId was = old.outputs[i];
    moved.results.push_back(cast_of(network, made[i], network.value(was).type.dtype, network.value(was).name));
    network.replace(was, moved.results.back());
  }
  network.erase(id);
  network.sort();
  return moved;
}

/// Readers of the value get it rounded to the type and widened again, outputs of the network as it is rounded.
void round_to(ir::Network& network, ValueId v, DType type) {
  const DType own = network.value(v).type.dtype;
  if (own == type) return;
  const std::vector<NodeId> users = network.users(v);
  const ValueId narrow = cast_of(network, v, type, network.value(v).name);
  for (ir::Output& output : network.outputs)
    if (output.value == v) output.value = narrow;
  if (users.empty()) return;
  const ValueId wide = cast_of(network, narrow, own, network.value(v).name);
  for (NodeId user : users)
    for (size_t i = 0; i < network.node(user).inputs.size(); ++i)
      if (network.node(user).inputs[i] == v) network.set_input(user, i, wide);
  network.sort();
}

}  // namespace

void apply_types(NetworkData& data) {
  std::map<NodeId, LayerWishes> moved;
  for (auto& [id, wishes] : data.wishes) {
    if (!data.network.node(id).alive) continue;
    Moved now{id, data.network.node(id).outputs};
    if (wishes.precision) now = compute_in(data.network, id, *wishes.precision);
    for (const auto& [index, type] : wishes.output_types) round_to(data.network, now.results.at(index), type);
    moved[now.node] = wishes;
  }
  data.wishes = std::move(moved);
}

compiler::Placement place_layers(NetworkData& data) {
  compiler::Placement placement;
  std::map<std::string, int, std::less<>> places;
  for (const auto& [id, wishes] : data.wishes) {
    ir::Node& node = data.network.node(id);
    if (wishes.device.empty() || !node.alive) continue;
    std::vector<std::string>& devices = placement.devices;
    auto device = std::find(devices.begin(), devices.end(), wishes.device);
    if (device == devices.end()) device = devices.insert(devices.end(), wishes.device);
    places[node.name] = static_cast<int>(device - devices.begin());
    node.origins.push_back(node.name);
  }
  if (places.empty()) return placement;
  placement.choose = [places](const ir::Node& node, size_t /*position*/) {
    for (const std::string& origin : node.origins)
      if (const auto place = places.find(origin); place != places.end()) return place->second;
    return plan::kHost;
  };
  return placement;
}

}  // namespace lathe::api
