// Rows of [batch, seq, ..] that a mask hides are not computed:
//
//   token_index, cu_seqlens = pack_index(mask)
//   x [batch, seq, ..] from outside     ->   gather(axis 0)(reshape [batch*seq, ..](x), token_index)
//   token-wise ops on [batch, seq, ..]  ->   the same on [tokens, ..]
//   attention(keys), sequence_pool      ->   attention(packed), sequence_pool(packed) with cu_seqlens
//   y * mask, outputs, other readers    ->   unpack_rows [batch, seq](y, token_index): zeros where the mask is 0
//
// A node moves to packed rows when it is provably token-wise (token_wise.h) and what it gives for hidden rows reaches
// nobody: only packed nodes, keys of attention, pooling, products with the mask, and outputs, whose hidden rows are
// zero by definition. All other nodes stay padded and the report names them.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "ops/attention.h"
#include "ops/gather.h"
#include "ops/linear.h"
#include "ops/pack_index.h"
#include "ops/reshape.h"
#include "ops/sequence_pool.h"
#include "ops/unpack_rows.h"
#include "passes/mask.h"
#include "passes/passes.h"
#include "passes/rewrite.h"
#include "passes/token_wise.h"

namespace lathe::passes {
namespace {

class Packer {
 public:
  Packer(ir::Network& network, const PassContext& context) : network_(network), context_(context) {}

  int run() {
    if (!find_mask()) return 0;
    network_.sort();
    choose();
    if (!worth_it()) return 0;
    make_index();
    const std::vector<ir::NodeId> order = network_.nodes();
    for (ir::NodeId id : order)
      if (roles_.count(id)) pack(id);
    offer_outputs();
    unpack_for_others(order);
    offer_inputs();
    context_.report(fmt::format("{} moved from {} to packed tokens under {}", counted(roles_.size(), "node"),
                                to_string(lead_), network_.value(mask_).name));
    for (const auto& [name, reason] : padded_) context_.report(fmt::format("{} stays padded: {}", name, reason));
    return static_cast<int>(roles_.size());
  }

 private:
  enum class Role : uint8_t { token_wise, attention, pool, mask_product };

  bool masked_by(ir::ValueId value) const { return without_casts(network_, value) == mask_; }
  bool has_rows(ir::ValueId value) const {
    return !network_.is_constant(value) && passes::has_rows(network_.value(value).type.shape, lead_);
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
        mask_ = without_casts(network_, node.inputs.back());
        lead_ = network_.value(mask_).type.shape;
        if (lead_.size() == 2 && network_.value(node.inputs[0]).type.rank() == 3 && has_rows(node.inputs[0]))
          return true;
      }
    return false;
  }

  /// What the node is to packed rows, as far as it decides by itself.
  std::optional<Role> role_of(const ir::Node& node) const {
    if (const auto* op = node.op.as<ops::Attention>()) {
      bool plain = op->mask == ops::AttentionMask::keys && masked_by(node.inputs[3]);
      // A window counts positions, which packing moves together where the mask has holes.
      return plain && op->window_left < 0 && op->window_right < 0 ? std::optional(Role::attention) : std::nullopt;
    }
    if (const auto* op = node.op.as<ops::SequencePool>())
      return !op->packed && masked_by(node.inputs[1]) && has_rows(node.inputs[0]) ? std::optional(Role::pool)
                                                                                  : std::nullopt;
    if (mask_operand(node) >= 0) return Role::mask_product;
    return row_form(network_, node, lead_, Dim(1)) ? std::optional(Role::token_wise) : std::nullopt;
  }

  /// In x * mask: which operand is the mask, as numbers that broadcast over x's rows; else -1.
  int mask_operand(const ir::Node& node) const {
    const auto* op = node.op.as<ops::Binary>();
    if (!op || op->kind != ops::BinaryKind::mul) return -1;
    const ops::TensorType& out = network_.value(node.outputs[0]).type;
    for (int i : {0, 1}) {
      ir::ValueId factor = node.inputs[static_cast<size_t>(i)], x = node.inputs[static_cast<size_t>(1 - i)];
      const std::vector<Dim>& shape = network_.value(factor).type.shape;
      bool over_rows = static_cast<int>(shape.size()) == out.rank() && passes::has_rows(shape, lead_) &&
                       std::all_of(shape.begin() + 2, shape.end(), [](const Dim& d) { return d == Dim(1); });
      if (over_rows && masked_by(factor) && network_.value(x).type == out) return i;
    }
    return -1;
  }

  /// Whether hidden rows of the value may hold anything as far as `user` goes.
  bool tolerates(ir::NodeId user, ir::ValueId value) const {
    const ir::Node& node = network_.node(user);
    auto reads_at = [&](size_t i) { return node.inputs[i] == value; };
    auto role = roles_.find(user);
    if (role == roles_.end()) {
      const auto* op = node.op.as<ops::Attention>();
      bool keys = op && op->mask == ops::AttentionMask::keys && masked_by(node.inputs[3]);
      return keys && !reads_at(0) && !reads_at(3);
    }
    switch (role->second) {
      case Role::token_wise: return true;
      case Role::attention: return !reads_at(3);
      case Role::pool: return !reads_at(1);
      case Role::mask_product: return !reads_at(static_cast<size_t>(mask_operand(node)));
    }
    return false;
  }

  /// Fills roles_, from the outputs upwards: a node is packed when all readers are content with its kept rows.
  void choose() {
    std::vector<ir::NodeId> order = network_.nodes();
    for (auto id = order.rbegin(); id != order.rend(); ++id) {
      const ir::Node& node = network_.node(*id);
      std::optional<Role> role = role_of(node);
      std::string intolerant;
      if (role == Role::token_wise || role == Role::attention)
        for (ir::NodeId user : network_.users(node.outputs[0]))
          if (!tolerates(user, node.outputs[0])) intolerant = network_.node(user).name;
      if (role && intolerant.empty()) {
        roles_.emplace(*id, *role);
        continue;
      }
      bool notable = node.op.is<ops::Attention>() || node.op.is<ops::Linear>();
      if (notable && has_rows(node.outputs[0]))
        padded_.emplace_back(node.name, role ? fmt::format("{} reads its hidden rows", intolerant)
                                             : std::string("it is not token-wise under this mask"));
    }
  }

  bool worth_it() {
    for (const auto& [id, role] : roles_)
      if (role == Role::attention) return true;
    bool any_attention = false;
    for (ir::NodeId id : network_.nodes()) any_attention |= network_.node(id).op.is<ops::Attention>();
    if (!any_attention && !roles_.empty()) return true;
    for (const auto& [name, reason] : padded_) context_.report(fmt::format("{} stays padded: {}", name, reason));
    return false;
  }

  void make_index() {
    const std::vector<std::string> origins = {network_.value(mask_).name};
    auto made = network_.add(ops::PackIndex{}, {mask_}, "pack_index", origins);
    token_index_ = made[0];
    cu_seqlens_ = made[1];
    tokens_ = network_.value(token_index_).type.shape[0];
  }

  /// The kept rows of a padded value.
  ir::ValueId packed(ir::ValueId padded) {
    auto [place, added] = packed_.emplace(padded, ir::kNone);
    if (!added) return place->second;
    const ir::Value value = network_.value(padded);
    std::vector<Dim> flat(value.type.shape.begin() + 1, value.type.shape.end());
    flat[0] = lead_[0] * lead_[1];
    ir::ValueId rows = network_.add1(ops::Reshape{flat}, {padded}, value.name + ".rows", {value.name});
    place->second = network_.add1(ops::Gather{0}, {rows, token_index_}, value.name + ".packed", {value.name});
    return place->second;
  }

  void pack(ir::NodeId id) {
    const ir::Node node = network_.node(id);
    ir::ValueId& result = packed_[node.outputs[0]];
    switch (roles_.at(id)) {
      case Role::mask_product: {
        ir::ValueId rows = packed(node.inputs[mask_operand(node) == 0 ? 1 : 0]);
        packed_[node.outputs[0]] = rows;
        return;
      }
      case Role::pool: {
        ops::SequencePool op = *node.op.as<ops::SequencePool>();
        op.packed = true;
        ir::ValueId pooled = replacement(id, op, {packed(node.inputs[0]), cu_seqlens_});
        packed_.erase(node.outputs[0]);
        substitute(network_, node.outputs[0], pooled);
        return;
      }
      case Role::attention: {
        ops::Attention op = *node.op.as<ops::Attention>();
        op.mask = ops::AttentionMask::packed;
        std::vector<ir::ValueId> inputs;
        for (size_t i = 0; i < 3; ++i) inputs.push_back(packed(node.inputs[i]));
        inputs.push_back(cu_seqlens_);
        result = replacement(id, op, inputs);
        return;
      }
      case Role::token_wise: break;
    }
    RowForm form = *row_form(network_, node, lead_, tokens_);
    std::vector<ir::ValueId> inputs;
    for (size_t i = 0; i < node.inputs.size(); ++i) inputs.push_back(operand(node.inputs[i], form.operands[i], node));
    result = replacement(id, form.op, inputs);
  }

  /// The packed form of a node, under its name.
  ir::ValueId replacement(ir::NodeId id, const ops::Op& op, const std::vector<ir::ValueId>& inputs) {
    const ir::Node node = network_.node(id);
    ir::ValueId made = network_.add1(op, inputs, node.name, node.origins);
    take_names(network_, network_.value(made).producer, id);
    return made;
  }

  ir::ValueId operand(ir::ValueId value, Operand kind, const ir::Node& node) {
    if (kind == Operand::shared) return value;
    if (kind == Operand::rows) return packed(value);
    // [1, 1, rest..] under [batch, seq, rest..] becomes [rest..].
    const std::vector<Dim>& shape = network_.value(value).type.shape;
    size_t inner = static_cast<size_t>(network_.value(node.outputs[0]).type.rank()) - lead_.size();
    std::vector<Dim> squeezed(shape.end() - static_cast<int64_t>(inner), shape.end());
    return network_.add1(ops::Reshape{squeezed}, {value}, network_.value(value).name + ".squeezed", node.origins);
  }

  /// Outputs in padded form keep their names; "packed.NAME" gives the rows before they are spread.
  void offer_outputs() {
    const std::vector<ir::Output> outputs = network_.outputs;
    for (const ir::Output& output : outputs) {
      ir::NodeId producer = network_.value(output.value).producer;
      if (producer == ir::kNone || !roles_.count(producer)) continue;
      std::string name = "packed." + output.name;
      bool taken = std::any_of(outputs.begin(), outputs.end(), [&](const ir::Output& o) { return o.name == name; });
      if (!taken) network_.mark_output(name, packed_.at(output.value), true);
    }
  }

  /// Padded readers and outputs read the packed rows spread again.
  void unpack_for_others(const std::vector<ir::NodeId>& order) {
    for (ir::NodeId id : order) {
      if (!roles_.count(id) || roles_.at(id) == Role::pool) continue;
      const ir::Node node = network_.node(id);
      ir::ValueId padded = node.outputs[0];
      std::vector<ir::NodeId> users = network_.users(padded);
      bool others = std::any_of(users.begin(), users.end(), [&](ir::NodeId user) { return !roles_.count(user); });
      if (!others && !network_.is_output(padded)) continue;
      std::vector<Dim> leading = lead_;
      ir::ValueId spread = network_.add1(ops::UnpackRows{leading}, {packed_.at(padded), token_index_},
                                         node.name + ".unpacked", node.origins);
      substitute(network_, padded, spread);
    }
  }

  /// Callers may give packed ids and cu_seqlens instead of padded ids and a mask.
  void offer_inputs() {
    bool any = false;
    for (const ir::Input& input : network_.inputs) {
      auto place = packed_.find(input.value);
      if (place == packed_.end()) continue;
      network_.mark_entry("packed." + network_.value(input.value).name, place->second, input.absent);
      any = true;
    }
    if (any) network_.mark_entry("cu_seqlens", cu_seqlens_, ir::InputDefault::required);
  }

  ir::Network& network_;
  const PassContext& context_;
  ir::ValueId mask_ = ir::kNone, token_index_ = ir::kNone, cu_seqlens_ = ir::kNone;
  std::vector<Dim> lead_;
  Dim tokens_;
  std::map<ir::NodeId, Role> roles_;
  std::map<ir::ValueId, ir::ValueId> packed_;
  std::vector<std::pair<std::string, std::string>> padded_;
};

}  // namespace

int pack_tokens(ir::Network& network, const PassContext& context) {
  return tidy(network, Packer(network, context).run());
}

}  // namespace lathe::passes
