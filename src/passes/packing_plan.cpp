#include "passes/packing_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "ops/attention.h"
#include "ops/binary.h"
#include "ops/linear.h"
#include "ops/sequence_pool.h"
#include "passes/mask.h"
#include "passes/token_wise.h"

namespace lathe::passes {
namespace {

class Planner {
 public:
  explicit Planner(const ir::Network& network) : network_(network) {}

  PackingPlan run() {
    if (!find_mask()) return {};
    std::vector<ir::NodeId> order = network_.nodes();
    for (auto id = order.rbegin(); id != order.rend(); ++id) decide(*id);
    return std::move(plan_);
  }

 private:
  bool masked_by(ir::ValueId value) const { return without_casts(network_, value) == plan_.mask; }
  bool is_padded(ir::ValueId value) const {
    return !network_.is_constant(value) && has_rows(network_.value(value).type.shape, plan_.lead);
  }

  /// The mask of the first attention, else of the first pooling.
  bool find_mask() {
    for (bool pool : {false, true})
      for (ir::NodeId id : network_.nodes()) {
        const ir::Node& node = network_.node(id);
        const auto* attention = node.op.as<ops::Attention>();
        const auto* pooling = node.op.as<ops::SequencePool>();
        bool masked = pool ? pooling && !pooling->packed : attention && attention->mask == ops::AttentionMask::keys;
        if (!masked) continue;
        plan_.mask = without_casts(network_, node.inputs.back());
        plan_.lead = network_.value(plan_.mask).type.shape;
        if (plan_.lead.size() == 2 && network_.value(node.inputs[0]).type.rank() == 3 && is_padded(node.inputs[0]))
          return true;
      }
    return false;
  }

  /// What the node is, as far as it decides by itself.
  std::optional<Move> move_of(const ir::Node& node) const {
    if (const auto* op = node.op.as<ops::Attention>()) {
      bool plain = op->mask == ops::AttentionMask::keys && masked_by(node.inputs[3]);
      // A window counts positions, which packing moves together where the mask has holes.
      bool window = op->window_left >= 0 || op->window_right >= 0;
      return plain && !window ? std::optional(Move::attention) : std::nullopt;
    }
    if (const auto* op = node.op.as<ops::SequencePool>()) {
      bool plain = !op->packed && masked_by(node.inputs[1]) && is_padded(node.inputs[0]);
      return plain ? std::optional(Move::pool) : std::nullopt;
    }
    if (mask_operand(network_, node, plan_.mask, plan_.lead) >= 0) return Move::mask_product;
    return row_form(network_, node, plan_.lead, Dim(1)) ? std::optional(Move::token_wise) : std::nullopt;
  }

  /// Whether hidden rows of the value may hold anything as far as `user` goes.
  bool tolerates(ir::NodeId user, ir::ValueId value) const {
    const ir::Node& node = network_.node(user);
    auto reads_at = [&](size_t i) { return node.inputs[i] == value; };
    auto move = plan_.moves.find(user);
    if (move == plan_.moves.end()) {
      const auto* op = node.op.as<ops::Attention>();
      bool keys = op && op->mask == ops::AttentionMask::keys && masked_by(node.inputs[3]);
      return keys && !reads_at(0) && !reads_at(3);
    }
    switch (move->second) {
      case Move::token_wise: return true;
      case Move::attention: return !reads_at(3);
      case Move::pool: return !reads_at(1);
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
    if (move == Move::token_wise || move == Move::attention)
      for (ir::NodeId user : network_.users(node.outputs[0]))
        if (!tolerates(user, node.outputs[0])) intolerant = network_.node(user).name;
    if (move && intolerant.empty()) {
      plan_.moves.emplace(id, *move);
      return;
    }
    bool notable = node.op.is<ops::Attention>() || node.op.is<ops::Linear>();
    if (notable && is_padded(node.outputs[0]))
      plan_.padded.emplace_back(node.name, move ? fmt::format("{} reads its hidden rows", intolerant)
                                                : std::string("it is not token-wise under this mask"));
  }

  const ir::Network& network_;
  PackingPlan plan_;
};

}  // namespace

PackingPlan plan_packing(const ir::Network& network) { return Planner(network).run(); }

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
