#include "lathe/network.h"

#include <algorithm>
#include <set>
#include <utility>

#include "api/access.h"
#include "api/ports.h"
#include "base/error.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "ops/shape_rules.h"

namespace lathe {

using api::Access;
using api::place_of;

static_assert(static_cast<int>(Absent::positions) == static_cast<int>(ops::InputDefault::positions));

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

Format format_in(const std::map<std::string, PortOptions, std::less<>>& ports, const std::string& name) {
  const auto found = ports.find(name);
  return found == ports.end() ? Format{} : found->second.format;
}

}  // namespace

Network::Network(std::string_view name) : data_(std::make_shared<api::NetworkData>()) { data_->network.name = name; }
Network::Network(std::unique_ptr<api::NetworkData> data) : data_(std::move(data)) {}
Network::Network(const Network& other) : data_(std::make_shared<api::NetworkData>(*other.data_)) {
  data_->open.clear();  // functions that run add to the original
}
Network::Network(Network&& other) noexcept : data_(std::exchange(other.data_, std::make_shared<api::NetworkData>())) {}
Network& Network::operator=(Network other) noexcept {
  data_.swap(other.data_);
  return *this;
}
Network::~Network() = default;

const std::string& Network::name() const { return data_->network.name; }

std::vector<TensorInfo> Network::inputs() const {
  std::vector<TensorInfo> list;
  const std::set<std::string> in_use = data_->network.sizes_in_use();
  for (const ir::Input& input : data_->network.inputs) {
    list.push_back(info_of(data_->network, data_->network.value(input.value).name, input.value, input.role));
    list.back().optional = input.absent != ir::InputDefault::required;
    list.back().format = format_in(data_->inputs, list.back().name);
    if (data_->network.gives_sizes(input.value, in_use))
      for (const ops::Element& element : *data_->network.value(input.value).elements)
        list.back().elements.push_back(element->str());
  }
  return list;
}

std::vector<TensorInfo> Network::outputs() const {
  std::vector<TensorInfo> list;
  for (const ir::Output& output : data_->network.outputs) {
    list.push_back(info_of(data_->network, output.name, output.value, output.role));
    list.back().on_demand = output.on_demand;
    list.back().format = format_in(data_->outputs, output.name);
  }
  return list;
}

std::string Network::str() const { return ir::print(data_->network); }

Network Network::parse(std::string_view text) {
  auto data = std::make_unique<api::NetworkData>();
  data->network = ir::parse(text);
  return Network(std::move(data));
}

Tensor Network::input(std::string_view name, DType type, const Sizes& shape, const PortOptions& options) {
  std::vector<Dim> dims = api::dims_of(shape);
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == Dim(-1))
      dims[i] = Dim::symbol(data_->network.unique_symbol(fmt::format("{}_{}", ops::symbol_from(name), i)));
    if (dims[i].is_constant() && dims[i].constant() < 0)
      fail(ErrorCode::invalid_argument, name, "give a number from 0, a name, or -1", "size {} is {}", i, dims[i].str());
  }
  if (dims.size() > Shape::kMaxRank)
    fail(ErrorCode::unsupported, name, "use fewer dimensions", "an input has {} dimensions, more than {}", dims.size(),
         Shape::kMaxRank);
  if (!options.format.fits(static_cast<int>(dims.size())))
    fail(ErrorCode::invalid_argument, name, "give a format of its rank", "no tensor of {} dimensions lies {}",
         dims.size(), to_string(options.format));
  api::claim(data_->network, name);
  if (options.role != Role::plain && options.role != Role::mask)
    fail(ErrorCode::unsupported, name, "make it a mask or a plain one", "an input is made with the role {}",
         to_string(options.role));
  const ir::ValueId id = data_->network.add_input(name, {type, std::move(dims)},
                                                  static_cast<ops::InputDefault>(options.absent), {options.role, {}});
  data_->network.value(id).name = name;
  if (options.role == Role::plain && options.absent == Absent::required) data_->network.follow_elements(id);
  data_->inputs[std::string(name)] = options;
  return Access::tensor(data_, 0, id);
}

void Network::output(std::string_view name, const Tensor& tensor, const PortOptions& options) {
  const api::Place place = place_of(tensor);
  if (place.data != data_ || &place.network != &data_->network)
    fail(ErrorCode::invalid_argument, name, "give a tensor of this network; results of branches and loops are theirs",
         "{} is a tensor of {}", place.value().name, place.data == data_ ? "a block" : "another network");
  if (data_->network.unique_output_name(name) != name || name.empty())
    fail(ErrorCode::invalid_argument, name, "give another name", "an output has this name");
  if (!options.format.fits(place.value().type.rank()))
    fail(ErrorCode::invalid_argument, name, "give a format of its rank", "no tensor {} lies {}", tensor.str(),
         to_string(options.format));
  data_->network.mark_output(name, place.id);
  data_->outputs[std::string(name)] = options;
}

void Network::unmark_output(const Tensor& tensor) {
  const api::Place place = place_of(tensor);
  std::vector<ir::Output>& list = data_->network.outputs;
  const auto gone = std::remove_if(list.begin(), list.end(), [&](const ir::Output& o) {
    if (place.data != data_ || o.value != place.id) return false;
    data_->outputs.erase(o.name);
    return true;
  });
  if (gone == list.end())
    fail(ErrorCode::not_found, place.value().name, "outputs() lists those that are", "it is no output");
  list.erase(gone, list.end());
}

PortOptions Network::port(std::string_view name) const {
  for (const auto* ports : {&data_->outputs, &data_->inputs})
    if (const auto found = ports->find(name); found != ports->end()) return found->second;
  for (const auto& list : {inputs(), outputs()})
    for (const TensorInfo& info : list)
      if (info.name == name) return {};
  fail(ErrorCode::not_found, name, "inputs() and outputs() list those that are", "no input or output has this name");
}

void Network::set_port(std::string_view name, const PortOptions& options) {
  const auto set = [&](const std::vector<TensorInfo>& list, auto& ports) {
    for (const TensorInfo& info : list) {
      if (info.name != name) continue;
      if (!options.format.fits(static_cast<int>(info.shape.size())))
        fail(ErrorCode::invalid_argument, name, "give a format of its rank", "no tensor of {} dimensions lies {}",
             info.shape.size(), to_string(options.format));
      ports[info.name] = options;
      return true;
    }
    return false;
  };
  if (!set(outputs(), data_->outputs) && !set(inputs(), data_->inputs))
    fail(ErrorCode::not_found, name, "inputs() and outputs() list those that are", "no input or output has this name");
}

namespace {

Format blocks_of_channels(Shape order, int64_t block, int rank) {
  Format format{std::move(order), block > 1 ? rank - 3 : 0, block};
  if (rank < 3 || block < 1 || !format.fits(rank))
    fail(ErrorCode::invalid_argument, "format", "give a rank from 3 and a block from 1",
         "channels of {} dimensions do not lie in blocks of {}", rank, block);
  return format;
}

}  // namespace

Format chw(int64_t block, int rank) { return blocks_of_channels({}, block, rank); }

Format hwc(int64_t block, int rank) {
  Shape order;
  for (int d = 0; d < rank && d < Shape::kMaxRank; ++d)
    if (d != rank - 3) order.push_back(d);
  if (rank >= 3 && rank <= Shape::kMaxRank) order.push_back(rank - 3);
  return blocks_of_channels(order, block, rank);
}

}  // namespace lathe
