#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "api/network_data.h"
#include "base/dim.h"

namespace lathe::api {

using DataPtr = std::shared_ptr<NetworkData>;

/// What handles stand for.
class Access {
 public:
  static DataPtr data(Network& network) { return network.data_; }
  /// Error(invalid_argument) for no tensor, or one whose network is no more.
  static DataPtr data(const Tensor& tensor);
  static DataPtr data(const Layer& layer);
  static int64_t block(const Tensor& tensor) { return tensor.block_; }
  static ir::ValueId value(const Tensor& tensor) { return tensor.value_; }
  static int64_t block(const Layer& layer) { return layer.block_; }
  static ir::NodeId node(const Layer& layer) { return layer.node_; }

  static Tensor tensor(const DataPtr& data, int64_t block, ir::ValueId value);
  static Layer layer(const DataPtr& data, int64_t block, ir::NodeId node);

  /// How deep a block lies among those that are open: 0 is the network, 1 the outermost. Error(invalid_argument) where
  /// it has ended.
  static size_t depth(const NetworkData& data, int64_t block, std::string_view what);
  static ir::Network& at(NetworkData& data, size_t depth) {
    return depth == 0 ? data.network : *data.open[depth - 1].network;
  }
};

/// The network, or block of it, that a tensor is of, and its value there.
struct Place {
  DataPtr data;
  ir::Network& network;
  ir::ValueId id;
  ir::Value& value() const { return network.value(id); }
};
/// Error(invalid_argument) for what is gone.
Place place_of(const Tensor& tensor);

struct LayerPlace {
  DataPtr data;
  ir::Network& network;
  ir::NodeId id;
  ir::Node& node() const { return network.node(id); }
};
LayerPlace place_of(const Layer& layer);

/// Error(invalid_argument) for a size that is none.
Dim dim_of(const Size& size);
std::vector<Dim> dims_of(const Sizes& sizes);
/// Everything that is made of `value` in a network, itself included.
bool is_made_of(const ir::Network& network, ir::ValueId made, ir::ValueId value);
/// `to` takes the place of `from` in what `changed` are made of. Error(invalid_argument) where sizes of layers were
/// computed from these, of numbers that would be others now.
void check_sizes_stay(const NetworkData& data, const std::vector<ir::ValueId>& changed, ir::ValueId from,
                      ir::ValueId to);

}  // namespace lathe::api
