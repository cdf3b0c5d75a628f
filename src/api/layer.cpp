#include <algorithm>

#include "api/access.h"
#include "base/dtype.h"
#include "base/error.h"

namespace lathe {

using api::Access;
using api::place_of;

namespace {

/// What is asked of a layer of the network; blocks have no such wishes.
api::LayerWishes& wishes_of(const Layer& layer) {
  const api::LayerPlace place = place_of(layer);
  if (&place.network != &place.data->network)
    fail(ErrorCode::unsupported, place.node().name, "ask it of the branch or loop around",
         "layers within a branch or loop have no precision or device of their own");
  return place.data->wishes[place.id];
}

const api::LayerWishes* find_wishes(const Layer& layer) {
  const api::LayerPlace place = place_of(layer);
  const auto found = place.data->wishes.find(place.id);
  return found == place.data->wishes.end() ? nullptr : &found->second;
}

void check_computed(const Layer& layer, DType type) {
  if (type == DType::f64 || type == DType::f32 || type == DType::f16 || type == DType::bf16) return;
  fail(ErrorCode::unsupported, layer.name(), "use f64, f32, f16 or bf16, or quantize() and dequantize()",
       "no layer is computed in {}", to_string(type));
}

}  // namespace

std::string Layer::name() const { return place_of(*this).node().name; }
std::string Layer::kind() const { return std::string(place_of(*this).node().op.name()); }
std::string Layer::attributes() const { return place_of(*this).node().op.str(); }

std::vector<Tensor> Layer::inputs() const {
  const api::LayerPlace place = place_of(*this);
  std::vector<Tensor> list;
  for (ir::ValueId v : place.node().inputs) list.push_back(Access::tensor(place.data, block_, v));
  return list;
}

std::vector<Tensor> Layer::outputs() const {
  const api::LayerPlace place = place_of(*this);
  std::vector<Tensor> list;
  for (ir::ValueId v : place.node().outputs) list.push_back(Access::tensor(place.data, block_, v));
  return list;
}

std::vector<Network> Layer::blocks() const {
  std::vector<Network> list;
  for (const auto& block : place_of(*this).node().blocks) {
    auto data = std::make_unique<api::NetworkData>();
    data->network = *block;
    list.emplace_back(std::move(data));
  }
  return list;
}

const Layer& Layer::set_input(size_t index, const Tensor& tensor) const {
  const api::LayerPlace place = place_of(*this);
  const api::Place other = place_of(tensor);
  ir::Node& node = place.node();
  if (&other.network != &place.network)
    fail(ErrorCode::invalid_argument, node.name, "give one of the layer's own", "{} is a tensor of another network",
         tensor.name());
  if (index >= node.inputs.size())
    fail(ErrorCode::out_of_range, node.name, {}, "it has {} inputs, none is {}", node.inputs.size(), index);
  const ops::TensorType &now = place.network.value(node.inputs[index]).type, &next = other.value().type;
  if (!(now == next))
    fail(ErrorCode::shape_mismatch, node.name, "make the layer again for another type", "input {} is {}, not {}", index,
         to_string(now), to_string(next));
  for (ir::ValueId made : node.outputs)
    if (api::is_made_of(place.network, other.id, made))
      fail(ErrorCode::invalid_argument, node.name, {}, "{} is made of what the layer gives", tensor.name());
  if (&place.network == &place.data->network)
    api::check_sizes_stay(*place.data, node.outputs, node.inputs[index], other.id);
  place.network.set_input(place.id, index, other.id);
  place.network.sort();
  return *this;
}

const Layer& Layer::set_precision(DType type) const {
  check_computed(*this, type);
  if (!place_of(*this).node().blocks.empty())
    fail(ErrorCode::unsupported, name(), "cast what its functions read", "a branch or loop has no precision");
  wishes_of(*this).precision = type;
  return *this;
}

std::optional<DType> Layer::precision() const {
  const api::LayerWishes* wishes = find_wishes(*this);
  return wishes ? wishes->precision : std::nullopt;
}

const Layer& Layer::reset_precision() const {
  wishes_of(*this).precision.reset();
  return *this;
}

const Layer& Layer::set_output_type(size_t index, DType type) const {
  check_computed(*this, type);
  const std::vector<Tensor> results = outputs();
  if (index >= results.size())
    fail(ErrorCode::out_of_range, name(), {}, "it has {} outputs, none is {}", results.size(), index);
  if (!is_float(results[index].dtype()))
    fail(ErrorCode::unsupported, name(), "use cast()", "output {} is {}, no floating-point tensor", index,
         results[index].str());
  wishes_of(*this).output_types[index] = type;
  return *this;
}

std::optional<DType> Layer::output_type(size_t index) const {
  const api::LayerWishes* wishes = find_wishes(*this);
  if (!wishes) return std::nullopt;
  const auto found = wishes->output_types.find(index);
  return found == wishes->output_types.end() ? std::nullopt : std::optional(found->second);
}

const Layer& Layer::reset_output_type(size_t index) const {
  wishes_of(*this).output_types.erase(index);
  return *this;
}

const Layer& Layer::set_device(std::string_view device) const {
  wishes_of(*this).device = device;
  return *this;
}

std::string Layer::device() const {
  const api::LayerWishes* wishes = find_wishes(*this);
  return wishes ? wishes->device : std::string();
}

bool Layer::operator==(const Layer& other) const {
  return node_ == other.node_ && block_ == other.block_ && network_.lock() == other.network_.lock();
}

}  // namespace lathe
