#include "passes/row_masks.h"

#include <algorithm>
#include <optional>

#include "ops/masked.h"
#include "passes/mask.h"
#include "passes/packing_plan.h"
#include "passes/token_wise.h"

namespace lathe::passes {
namespace {

constexpr ir::ValueId kSeveral = -2;

ir::ValueId& at(std::vector<ir::ValueId>& list, ir::ValueId value) { return list[static_cast<size_t>(value)]; }

}  // namespace

RowMasks::RowMasks(const ir::Network& network, Padding padding)
    : network_(network),
      exact_(padding == Padding::exact),
      makers_(network.value_count(), ir::kNone),
      readers_(network.value_count(), ir::kNone) {
  const std::vector<ir::NodeId> order = network.nodes();
  for (ir::NodeId id : order)
    if (network.node(id).op.masked())
      if (const ir::ValueId mask = mask_of(network.node(id));
          network.value(mask).type.rank() == 2 && !std::count(masks_.begin(), masks_.end(), mask))
        masks_.push_back(mask);
  for (auto id = order.rbegin(); id != order.rend(); ++id) find_readers(*id);
  for (ir::NodeId id : order) find_makers(id);
}

ir::ValueId RowMasks::of(ir::ValueId rows) const {
  const auto place = static_cast<size_t>(rows);
  return place < makers_.size() && makers_[place] != ir::kNone ? maker(rows) : one(readers_, rows);
}

ir::ValueId RowMasks::one(const List& list, ir::ValueId rows) {
  const auto place = static_cast<size_t>(rows);
  return place < list.size() && list[place] != kSeveral ? list[place] : ir::kNone;
}

void RowMasks::merge(ir::ValueId& mask, ir::ValueId other) {
  if (mask == ir::kNone)
    mask = other;
  else if (other != ir::kNone && other != mask)
    mask = kSeveral;
}

RowMasks::List RowMasks::row_operands(const ir::Node& node) const {
  List found;
  const std::vector<Dim>& shape = network_.value(node.outputs[0]).type.shape;
  if (shape.size() < 2) return found;
  const std::optional<RowForm> form = row_form(network_, node, std::span(shape).first(2), Dim(1));
  for (size_t i = 0; form && i < node.inputs.size(); ++i)
    if (form->operands[i] == Operand::rows) found.push_back(node.inputs[i]);
  return found;
}

ir::ValueId RowMasks::mask_of(const ir::Node& node) const {
  if (const std::optional<ops::Masked> masked = node.op.masked())
    return without_casts(network_, node.inputs[masked->mask], exact_);
  const auto factor = std::find_if(masks_.begin(), masks_.end(), [&](ir::ValueId mask) {
    return mask_operand(network_, node, mask, network_.value(mask).type.shape) >= 0;
  });
  return factor == masks_.end() ? ir::kNone : *factor;
}

void RowMasks::find_readers(ir::NodeId id) {
  const ir::Node& node = network_.node(id);
  if (const ir::ValueId mask = mask_of(node); mask != ir::kNone)
    for (ir::ValueId input : node.inputs) merge(at(readers_, input), mask);
  else
    for (ir::ValueId operand : row_operands(node)) merge(at(readers_, operand), at(readers_, node.outputs[0]));
}

void RowMasks::find_makers(ir::NodeId id) {
  const ir::Node& node = network_.node(id);
  if (const ir::ValueId mask = mask_of(node); mask != ir::kNone) {
    if (const auto masked = node.op.masked(); !masked || masked->gives_rows) at(makers_, node.outputs[0]) = mask;
    return;
  }
  for (ir::ValueId operand : row_operands(node)) {
    merge(at(makers_, node.outputs[0]), at(makers_, operand));
    merge(at(readers_, node.outputs[0]), at(readers_, operand));
  }
}

}  // namespace lathe::passes
