#include "frontends/onnx/scope.h"

namespace lathe::onnx {

const Item* Scope::find(std::string_view name) {
  if (const auto own = items_.find(name); own != items_.end()) return &own->second;
  const Item* outer = outer_ ? outer_->find(name) : nullptr;
  if (!outer || &outer_->network_ == &network_) return outer;
  return &items_.emplace(name, captured(*outer)).first->second;
}

Item Scope::captured(const Item& item) {
  if (item.kind == Item::Kind::tensor) return Item::tensor(capture(item.value));
  if (item.kind != Item::Kind::sequence) return item;
  std::vector<Item> elements;
  for (const Item& element : *item.elements) elements.push_back(captured(element));
  return Item::sequence(std::move(elements));
}

ir::ValueId Scope::capture(ir::ValueId outside) {
  for (const Capture& known : captures_)
    if (known.outside == outside) return known.inside;
  const ir::Value& value = outer_->network_.value(outside);
  const ir::ValueId inside = network_.add_input(value.name, value.type);
  captures_.push_back({outside, inside});
  return inside;
}

}  // namespace lathe::onnx
