// Tensors and layers of a network by name and one after the other; removing and replacing them.
#include <algorithm>

#include "api/access.h"
#include "api/ports.h"
#include "base/error.h"
#include "lathe/network.h"

namespace lathe {

using api::Access;
using api::place_of;

namespace api {

void claim(ir::Network& network, std::string_view name) {
  bool taken = name.empty();
  for (size_t v = 0; !taken && v < network.value_count(); ++v)
    taken = network.value(static_cast<ir::ValueId>(v)).name == name;
  for (ir::NodeId n : network.nodes()) taken = taken || network.node(n).name == name;
  if (taken)
    fail(ErrorCode::invalid_argument, name, "give another name", "{}",
         name.empty() ? "a tensor needs a name" : "a tensor or layer has this name");
}

}  // namespace api

std::vector<Layer> Network::layers() const {
  std::vector<Layer> list;
  for (ir::NodeId n : data_->network.nodes()) list.push_back(Access::layer(data_, 0, n));
  return list;
}

std::vector<Tensor> Network::tensors() const {
  std::vector<Tensor> list;
  for (size_t i = 0; i < data_->network.value_count(); ++i) {
    const auto v = static_cast<ir::ValueId>(i);
    const ir::Node* from = data_->network.producer(v);
    if (!from || from->alive) list.push_back(Access::tensor(data_, 0, v));
  }
  return list;
}

Tensor Network::tensor(std::string_view name) const {
  for (const Tensor& tensor : tensors())
    if (data_->network.value(Access::value(tensor)).name == name) return tensor;
  fail(ErrorCode::not_found, name, "tensors() lists them", "no tensor of {} has this name", data_->network.name);
}

Layer Network::layer(std::string_view name) const {
  for (const Layer& layer : layers())
    if (data_->network.node(Access::node(layer)).name == name) return layer;
  fail(ErrorCode::not_found, name, "layers() lists them", "no layer of {} has this name", data_->network.name);
}

void Network::remove(const Layer& layer) {
  const api::LayerPlace place = place_of(layer);
  if (&place.network != &data_->network)
    fail(ErrorCode::invalid_argument, place.node().name, {}, "it is no layer of {}", data_->network.name);
  for (ir::ValueId made : place.node().outputs) {
    const std::vector<ir::NodeId> users = data_->network.users(made);
    if (!users.empty() || data_->network.is_output(made))
      fail(ErrorCode::invalid_argument, place.node().name, "replace() or unmark_output() its results first",
           "{} reads its result {}", users.empty() ? "an output" : data_->network.node(users[0]).name,
           data_->network.value(made).name);
  }
  data_->network.erase(place.id);
  data_->wishes.erase(place.id);
}

bool Network::remove_unread() {
  bool removed = false;
  // From the last one on: what only a removed layer reads goes too. Constants keep their elements.
  std::vector<ir::NodeId> nodes = data_->network.nodes();
  for (auto n = nodes.rbegin(); n != nodes.rend(); ++n) {
    const ir::Node& node = data_->network.node(*n);
    const bool read = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ir::ValueId v) {
      return !data_->network.users(v).empty() || data_->network.is_output(v);
    });
    if (read) continue;
    data_->network.erase(*n);
    data_->wishes.erase(*n);
    removed = true;
  }
  return removed;
}

void Network::replace(const Tensor& from, const Tensor& to) {
  const api::Place old = place_of(from), next = place_of(to);
  if (&old.network != &data_->network || &next.network != &data_->network)
    fail(ErrorCode::invalid_argument, old.value().name, "give two tensors of this network",
         "a tensor of another network takes no part");
  if (!(old.value().type == next.value().type))
    fail(ErrorCode::shape_mismatch, old.value().name, "cast or reshape it first", "it is {}, {} is {}", from.str(),
         next.value().name, to.str());
  if (old.id != next.id && api::is_made_of(data_->network, next.id, old.id))
    fail(ErrorCode::invalid_argument, old.value().name, "let the layers between read another tensor first: set_input()",
         "{} is made of it", next.value().name);
  api::check_sizes_stay(*data_, {old.id}, old.id, next.id);
  data_->network.replace(old.id, next.id);
  data_->network.sort();
}

}  // namespace lathe
