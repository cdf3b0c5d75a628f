#include <algorithm>

#include "api/access.h"
#include "base/error.h"

namespace lathe {

using api::Access;
using api::place_of;

Size::Size(int64_t number) : text_(fmt::format("{}", number)) {}

std::string Tensor::name() const { return place_of(*this).value().name; }
DType Tensor::dtype() const { return place_of(*this).value().type.dtype; }
int Tensor::rank() const { return place_of(*this).value().type.rank(); }
std::string Tensor::str() const { return ops::to_string(place_of(*this).value().type); }
bool Tensor::is_constant() const { return place_of(*this).value().constant.has_value(); }

std::vector<std::string> Tensor::shape() const {
  std::vector<std::string> sizes;
  for (const Dim& d : place_of(*this).value().type.shape) sizes.push_back(d.str());
  return sizes;
}

Size Tensor::size(int axis) const {
  const api::Place place = place_of(*this);
  const std::vector<Dim>& sizes = place.value().type.shape;
  const int count = static_cast<int>(sizes.size());
  if (axis < -count || axis >= count)
    fail(ErrorCode::out_of_range, place.value().name, "ask for one that it has", "{} has no dimension {}", str(), axis);
  return Size(sizes[static_cast<size_t>(axis < 0 ? axis + count : axis)].str());
}

const Tensor& Tensor::named(std::string_view name) const {
  const api::Place place = place_of(*this);
  std::string& own = place.value().name;
  if (own == name) return *this;
  if (name.empty() || place.network.unique_name(name) != name)
    fail(ErrorCode::invalid_argument, own, "give another name", "the name '{}' is {}", name,
         name.empty() ? "empty" : "taken");
  if (const auto port = place.data->inputs.find(own);
      port != place.data->inputs.end() && Access::block(*this) == 0 && place.value().producer == ir::kNone) {
    place.data->inputs[std::string(name)] = port->second;
    place.data->inputs.erase(port);
  }
  own = name;
  return *this;
}

std::optional<Layer> Tensor::producer() const {
  const api::Place place = place_of(*this);
  const ir::NodeId from = place.value().producer;
  if (from == ir::kNone) return std::nullopt;
  return Access::layer(place.data, block_, from);
}

std::vector<Layer> Tensor::readers() const {
  const api::Place place = place_of(*this);
  std::vector<Layer> list;
  for (ir::NodeId user : place.network.users(place.id)) list.push_back(Access::layer(place.data, block_, user));
  return list;
}

bool Tensor::operator==(const Tensor& other) const {
  return value_ == other.value_ && block_ == other.block_ && network_.lock() == other.network_.lock();
}

}  // namespace lathe
