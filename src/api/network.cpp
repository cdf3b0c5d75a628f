#include "lathe/network.h"

#include "api/network_data.h"
#include "ir/parse.h"
#include "ir/print.h"

namespace lathe {
namespace {

TensorInfo info_of(const ir::Network& network, const std::string& name, ir::ValueId value, const ops::PortRole& role) {
  TensorInfo info;
  info.name = name;
  info.dtype = network.value(value).type.dtype;
  for (const Dim& d : network.value(value).type.shape) info.shape.push_back(d.str());
  info.role = role.role;
  info.of = role.of;
  return info;
}

}  // namespace

Network::Network(std::string_view name) : data_(std::make_unique<api::NetworkData>()) { data_->network.name = name; }
Network::Network(std::unique_ptr<api::NetworkData> data) : data_(std::move(data)) {}
Network::Network(const Network& other) : data_(std::make_unique<api::NetworkData>(*other.data_)) {}
Network::Network(Network&& other) noexcept = default;
Network& Network::operator=(Network other) noexcept {
  data_.swap(other.data_);
  return *this;
}
Network::~Network() = default;

const std::string& Network::name() const { return data_->network.name; }

std::vector<TensorInfo> Network::inputs() const {
  std::vector<TensorInfo> list;
  for (const ir::Input& input : data_->network.inputs) {
    list.push_back(info_of(data_->network, data_->network.value(input.value).name, input.value, input.role));
    list.back().optional = input.absent != ir::InputDefault::required;
  }
  return list;
}

std::vector<TensorInfo> Network::outputs() const {
  std::vector<TensorInfo> list;
  for (const ir::Output& output : data_->network.outputs) {
    list.push_back(info_of(data_->network, output.name, output.value, output.role));
    list.back().on_demand = output.on_demand;
  }
  return list;
}

std::string Network::str() const { return ir::print(data_->network); }

Network Network::parse(std::string_view text) {
  auto data = std::make_unique<api::NetworkData>();
  data->network = ir::parse(text);
  return Network(std::move(data));
}

}  // namespace lathe
