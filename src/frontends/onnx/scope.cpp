#include "frontends/onnx/scope.h"

#include "ops/concat.h"
#include "ops/range.h"
#include "ops/reshape.h"
#include "ops/shape_rules.h"

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
  if (const auto known = copies_.find(outside); known != copies_.end()) return known->second;
  const ir::Value& value = outer_->network_.value(outside);
  if (value.constant)
    return copies_.emplace(outside, network_.add_constant(value.name, value.type, *value.constant)).first->second;
  if (const ir::ValueId made = made_of_sizes(outside); made != ir::kNone)
    return copies_.emplace(outside, made).first->second;
  const ir::ValueId inside = network_.add_input(value.name, value.type);
  captures_.push_back({outside, inside});
  return inside;
}

ir::ValueId Scope::made_of_sizes(ir::ValueId outside) {
  const ops::TensorType type = outer_->network_.value(outside).type;
  const ops::Elements known = outer_->network_.elements(outside);
  if (!known || known->empty() || type.dtype == DType::boolean) return ir::kNone;
  for (const ops::Element& element : *known)
    if (!element || ops::is_saturated(*element)) return ir::kNone;
  std::vector<ir::ValueId> numbers;
  for (const ops::Element& element : *known)
    numbers.push_back(network_.add1(ops::Range{type.dtype, *element, *element + Dim(1), 1}, {}, "size"));
  const ir::ValueId all = numbers.size() == 1 ? numbers[0] : network_.add1(ops::Concat{0}, numbers, "sizes");
  return type.rank() == 0 ? network_.add1(ops::Reshape{{}}, {all}, "size") : all;
}

}  // namespace lathe::onnx
