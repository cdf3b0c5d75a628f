#include "passes/packing_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "ops/attention.h"
#include "ops/binary.h"
#include "ops/linear.h"
#include "ops/masked.h"
#include "passes/mask.h"
#include "passes/row_masks.h"
#include "passes/token_wise.h"

namespace lathe::passes {
namespace {

class Planner {
 public:
  Planner(const ir::Network& network, Padding padding)
      : network_(network), exact_(padding == Padding::exact), row_masks_(network, padding) {}

  PackingPlan run() {
    if (!find_mask()) return {};
    std::vector<ir::NodeId> order = network_.nodes();
    for (auto id = order.rbegin(); id != order.rend(); ++id) decide(*id);
    return std::move(plan_);
  }

 private:
  bool masked_by(ir::ValueId value) const { return without_casts(network_, value, exact_) == plan_.mask; }
  /// Whether a product with it keeps rows as they are and makes hidden ones zero.
  bool is_exact_factor(ir::ValueId value) const { return masked_by(value) && is_zero_or_one(network_, value); }
  bool is_padded(ir::ValueId value) const {
    return !network_.is_constant(value) && has_rows(network_.value(value).type.shape, plan_.lead);
  }

  /// The mask of the first op that gives rows (attention), else of the first that gives one a sequence (pooling).
  bool find_mask() {
    for (bool gives_rows : {true, false})
      for (ir::NodeId id : network_.nodes()) {
        const ir::Node& node = network_.node(id);
        const std::optional<ops::Masked> masked = node.op.masked();
        if (!masked || masked->gives_rows != gives_rows) continue;
        plan_.mask = without_casts(network_, node.inputs[masked->mask], exact_);
        plan_.lead = network_.value(plan_.mask).type.shape;
        if (plan_.lead.size() == 2 && network_.value(node.inputs[0]).type.rank() == 3 && is_padded(node.inputs[0]))
          return true;
      }
    return false;
  }

  /// What the node is, as far as it decides by itself.
  std::optional<Move> move_of(const ir::Node& node) const {
    if (const std::optional<ops::Masked> masked = node.op.masked())
      return masked->packed && masked_by(node.inputs[masked->mask]) ? std::optional(Move::masked) : std::nullopt;
    const int factor = mask_operand(network_, node, plan_.mask, plan_.lead);
    if (factor >= 0 && (!exact_ || is_exact_factor(node.inputs[static_cast<size_t>(factor)])))
      return Move::mask_product;
    return row_form(network_, node, plan_.lead, Dim(1)) ? std::optional(Move::token_wise) : std::nullopt;
  }

  /// Whether an output of the value shows what is in rows that the mask hides.
  bool shows_hidden(ir::ValueId value) const { return exact_ || row_masks_.of(value) != plan_.mask; }

  /// Whether hidden rows of the value may hold anything as far as `user` goes.
  bool tolerates(ir::NodeId user, ir::ValueId value) const {
    const ir::Node& node = network_.node(user);
    auto reads_at = [&](size_t i) { return node.inputs[i] == value; };
    const std::optional<ops::Masked> masked = node.op.masked();
    auto move = plan_.moves.find(user);
    if (move == plan_.moves.end()) {
      if (!masked || !masked_by(node.inputs[masked->mask])) return false;
      for (size_t i = 0; i < node.inputs.size(); ++i)
        if (reads_at(i) && std::find(masked->skips.begin(), masked->skips.end(), i) == masked->skips.end())
          return false;
      return true;
    }
    switch (move->second) {
      case Move::token_wise: return true;
      case Move::masked: return !reads_at(masked->mask);
      case Move::mask_product:
        return !reads_at(static_cast<size_t>(mask_operand(network_, node, plan_.mask, plan_.lead)));
    }
    return false;
  }

  /// Readers have been decided about before.
  void decide(ir::NodeId id) {
    const ir::Node& node = network_.node(id);
    std::optional<Move> move = move_of(node);
    std::string intolerant;
    const bool pools = move == Move::masked && !node.op.masked()->gives_rows;
    if (move && move != Move::mask_product && !pools)
      for (ir::NodeId user : network_.users(node.outputs[0]))
        if (!tolerates(user, node.outputs[0])) intolerant = network_.node(user).name + " reads its hidden rows";
    if (move && move != Move::mask_product && !pools && shows_hidden(node.outputs[0]))
      for (const ir::Output& output : network_.outputs)
        if (output.value == node.outputs[0])
          intolerant = fmt::format("output {} shows its hidden rows, and {}", output.name,
                                   exact_ ? "padding is not to be dropped" : "they are not of this mask alone");
    if (move && intolerant.empty()) {
      plan_.moves.emplace(id, *move);
      return;
    }
    bool notable = node.op.is<ops::Attention>() || node.op.is<ops::Linear>();
    if (notable && is_padded(node.outputs[0]))
      plan_.padded.emplace_back(node.name, move ? intolerant : "it is not token-wise under this mask");
  }

  const ir::Network& network_;
  const bool exact_;
  const RowMasks row_masks_;
  PackingPlan plan_;
};

}  // namespace

PackingPlan plan_packing(const ir::Network& network, Padding padding) { return Planner(network, padding).run(); }

int mask_operand(const ir::Network& network, const ir::Node& node, ir::ValueId mask, const std::vector<Dim>& lead) {
  const auto* op = node.op.as<ops::Binary>();
  if (!op || op->kind != ops::BinaryKind::mul) return -1;
  const ops::TensorType& out = network.value(node.outputs[0]).type;
  for (int i : {0, 1}) {
    ir::ValueId factor = node.inputs[static_cast<size_t>(i)], x = node.inputs[static_cast<size_t>(1 - i)];
    const std::vector<Dim>& shape = network.value(factor).type.shape;
    bool over_rows = static_cast<int>(shape.size()) == out.rank() && has_rows(shape, lead) &&
                     std::all_of(shape.begin() + 2, shape.end(), [](const Dim& d) { return d == Dim(1); });
    if (over_rows && without_casts(network, factor) == mask && network.value(x).type == out) return i;
  }
  return -1;
}

}  // namespace lathe::passes
