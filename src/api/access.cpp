#include "api/access.h"

#include <algorithm>

#include "base/error.h"

namespace lathe::api {
namespace {

[[noreturn]] void gone(std::string_view what) {
  fail(ErrorCode::invalid_argument, what, "keep the network, and use tensors and layers of it alone",
       "its network is no more");
}

}  // namespace

DataPtr Access::data(const Tensor& tensor) {
  if (!tensor)
    fail(ErrorCode::invalid_argument, "tensor", "give a tensor that a network has made", "it stands for no tensor");
  DataPtr found = tensor.network_.lock();
  if (!found) gone("tensor");
  return found;
}

DataPtr Access::data(const Layer& layer) {
  DataPtr found = layer.network_.lock();
  if (!found) gone("layer");
  return found;
}

Tensor Access::tensor(const DataPtr& data, int64_t block, ir::ValueId value) {
  Tensor made;
  made.network_ = data;
  made.block_ = block;
  made.value_ = value;
  return made;
}

Layer Access::layer(const DataPtr& data, int64_t block, ir::NodeId node) {
  Layer made;
  made.network_ = data;
  made.block_ = block;
  made.node_ = node;
  return made;
}

size_t Access::depth(const NetworkData& data, int64_t block, std::string_view what) {
  if (block == 0) return 0;
  for (size_t i = 0; i < data.open.size(); ++i)
    if (data.open[i].number == block) return i + 1;
  fail(ErrorCode::invalid_argument, what, "give it as a result of the function that made it",
       "it is of a branch or loop that has ended");
}

Place place_of(const Tensor& tensor) {
  DataPtr data = Access::data(tensor);
  ir::Network& network = Access::at(*data, Access::depth(*data, Access::block(tensor), "tensor"));
  const ir::ValueId id = Access::value(tensor);
  if (static_cast<size_t>(id) >= network.value_count()) gone("tensor");
  const ir::Node* from = network.producer(id);
  if (from && !from->alive)
    fail(ErrorCode::invalid_argument, network.value(id).name, "make it again", "its layer was removed");
  return {std::move(data), network, id};
}

LayerPlace place_of(const Layer& layer) {
  DataPtr data = Access::data(layer);
  ir::Network& network = Access::at(*data, Access::depth(*data, Access::block(layer), "layer"));
  const ir::NodeId id = Access::node(layer);
  if (id < 0 || static_cast<size_t>(id) >= network.node_count()) gone("layer");
  if (!network.node(id).alive)
    fail(ErrorCode::invalid_argument, network.node(id).name, "walk the layers again", "it was removed");
  return {std::move(data), network, id};
}

Dim dim_of(const Size& size) {
  try {
    return Dim::parse(size.str());
  } catch (const Error& error) {
    fail(ErrorCode::invalid_argument, size.str(), "give a number, a name, or an expression like 2*batch + 1",
         "it is no size ({})", error.problem());
  }
}

std::vector<Dim> dims_of(const Sizes& sizes) {
  std::vector<Dim> dims;
  for (const Size& size : sizes) dims.push_back(dim_of(size));
  return dims;
}

void check_sizes_stay(const NetworkData& data, const std::vector<ir::ValueId>& changed, ir::ValueId from,
                      ir::ValueId to) {
  const ir::Network& network = data.network;
  if (network.elements(from) == network.elements(to)) return;
  for (ir::ValueId source : data.size_sources)
    for (ir::ValueId value : changed)
      if (is_made_of(network, source, value))
        fail(ErrorCode::invalid_argument, network.value(from).name, "make those layers again with the other tensor",
             "{} is made of it, and layers have sizes by it", network.value(source).name);
}

bool is_made_of(const ir::Network& network, ir::ValueId made, ir::ValueId value) {
  std::vector<ir::ValueId> left = {made};
  std::vector<bool> seen(network.value_count());
  while (!left.empty()) {
    const ir::ValueId next = left.back();
    left.pop_back();
    if (next == value) return true;
    if (seen[static_cast<size_t>(next)]) continue;
    seen[static_cast<size_t>(next)] = true;
    if (const ir::Node* node = network.producer(next))
      left.insert(left.end(), node->inputs.begin(), node->inputs.end());
  }
  return false;
}

}  // namespace lathe::api
