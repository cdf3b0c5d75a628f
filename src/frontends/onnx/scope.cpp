#include "frontends/onnx/scope.h"

#include <algorithm>

#include "base/error.h"
#include "base/number.h"
#include "ops/concat.h"
#include "ops/range.h"
#include "ops/reshape.h"
#include "ops/shape_rules.h"

namespace lathe::onnx {

Item Item::sequence(std::vector<Item> elements) {
  constexpr int kDeepest = 32;
  int depth = 0;
  for (const Item& element : elements) depth = std::max(depth, element.depth);
  if (depth >= kDeepest)
    throw Error(ErrorCode::unsupported, "", fmt::format("sequences are more than {} deep within each other", kDeepest),
                "put their tensors into fewer sequences");
  return {Kind::sequence, ir::kNone, std::make_shared<std::vector<Item>>(std::move(elements)), depth + 1};
}

const Item* Scope::find(std::string_view name) {
  if (const auto own = items_.find(name); own != items_.end()) return &own->second;
  const Item* outer = outer_ ? outer_->find(name) : nullptr;
  if (!outer || &outer_->network_ == &network_) return outer;
  return &items_.emplace(name, captured(*outer)).first->second;
}

Item Scope::captured(const Item& item) {
  if (item.kind == Item::Kind::tensor) return Item::tensor(capture(item.value));
  if (item.kind != Item::Kind::sequence) return item;
  if (const auto known = own_sequences_.find(item.elements); known != own_sequences_.end()) return known->second;
  std::vector<Item> elements;
  for (const Item& element : *item.elements) elements.push_back(captured(element));
  return own_sequences_.emplace(item.elements, Item::sequence(std::move(elements))).first->second;
}

ir::ValueId Scope::capture(ir::ValueId outside) {
  if (const auto known = own_.find(outside); known != own_.end()) return known->second;
  const ir::Value& value = outer_->network_.value(outside);
  if (value.constant)
    return own_.emplace(outside, network_.add_constant(value.name, value.type, *value.constant)).first->second;
  const std::optional<std::vector<Dim>> sizes = known_sizes(outside);
  const bool vary = sizes && std::any_of(sizes->begin(), sizes->end(), [](const Dim& d) { return has_numbers(d); });
  if (sizes && !vary) return own_.emplace(outside, made_of(*sizes, value.type)).first->second;
  const ir::ValueId inside = network_.add_input(value.name, value.type);
  if (vary) network_.name_elements(inside, {sizes->begin(), sizes->end()});
  captures_.push_back({outside, inside});
  return own_.emplace(outside, inside).first->second;
}

std::optional<std::vector<Dim>> Scope::known_sizes(ir::ValueId outside) const {
  const ops::Elements known = outer_->network_.elements(outside);
  if (!known || known->empty() || outer_->network_.value(outside).type.dtype == DType::boolean) return std::nullopt;
  std::vector<Dim> sizes;
  for (const ops::Element& element : *known) {
    if (!element || ops::is_saturated(*element)) return std::nullopt;
    sizes.push_back(*element);
  }
  return sizes;
}

ir::ValueId Scope::made_of(const std::vector<Dim>& sizes, const ops::TensorType& type) {
  std::vector<ir::ValueId> numbers;
  for (const Dim& size : sizes)
    numbers.push_back(network_.add1(ops::Range{type.dtype, size, size + Dim(1), 1}, {}, "size"));
  const ir::ValueId all = numbers.size() == 1 ? numbers[0] : network_.add1(ops::Concat{0}, numbers, "sizes");
  return type.rank() == 0 ? network_.add1(ops::Reshape{{}}, {all}, "size") : all;
}

}  // namespace lathe::onnx
