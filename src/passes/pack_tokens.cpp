// Rows of [batch, seq, ..] that a mask hides are not computed:
//
//   token_index, cu_seqlens = pack_index(mask)
//   x [batch, seq, ..] from outside     ->   gather(axis 0)(reshape [batch*seq, ..](x), token_index)
//   token-wise ops on [batch, seq, ..]  ->   the same on [tokens, ..]
//   attention(keys), sequence_pool      ->   attention(packed), sequence_pool(packed) with cu_seqlens
//   y * mask, outputs, other readers    ->   unpack_rows [batch, seq](y, token_index): zeros where the mask is 0
//
// Under Padding::exact, only that of which no output can show the difference. packing_plan.h says which nodes may move;
// all others stay padded and the report names them.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ops/expand.h"
#include "ops/gather.h"
#include "ops/masked.h"
#include "ops/pack_index.h"
#include "ops/reshape.h"
#include "ops/unpack_rows.h"
#include "passes/packing_plan.h"
#include "passes/passes.h"
#include "passes/rewrite.h"
#include "passes/token_wise.h"

namespace lathe::passes {
namespace {

class Packer {
 public:
  Packer(ir::Network& network, const PassContext& context)
      : network_(network), context_(context), plan_(plan_packing(network, context.padding)) {}

  int run() {
    for (const auto& [name, reason] : plan_.padded) context_.report(fmt::format("{} stays padded: {}", name, reason));
    if (plan_.mask == ir::kNone || !worth_it()) return 0;
    make_index();
    const std::vector<ir::NodeId> order = network_.nodes();
    for (ir::NodeId id : order)
      if (moves_.count(id)) pack(id);
    offer_outputs();
    unpack_for_others(order);
    offer_inputs();
    context_.report(fmt::format("{} moved from {} to packed tokens under {}", counted(moves_.size(), "node"),
                                to_string(lead_), network_.value(plan_.mask).name));
    return static_cast<int>(moves_.size());
  }

 private:
  /// Packing for the sake of a few elementwise nodes beside attention would cost more than it saves.
  bool worth_it() const {
    bool any = false;
    for (ir::NodeId id : network_.nodes()) {
      const std::optional<ops::Masked> masked = network_.node(id).op.masked();
      const bool attention = masked && masked->gives_rows;
      if (attention && moves_.count(id)) return true;
      any |= attention;
    }
    return !any && !moves_.empty();
  }

  void make_index() {
    const std::vector<std::string> origins = {network_.value(plan_.mask).name};
    auto made = network_.add(ops::PackIndex{network_.unique_symbol("tokens")}, {plan_.mask}, "pack_index", origins);
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

  /// The same of a value [1, seq, ..], a row a place.
  ir::ValueId packed_repeated(ir::ValueId value) {
    auto [place, added] = repeated_.emplace(value, ir::kNone);
    if (!added) return place->second;
    const ir::Value of = network_.value(value);
    std::vector<Dim> all = of.type.shape;
    std::copy(lead_.begin(), lead_.end(), all.begin());
    return place->second = packed(network_.add1(ops::Expand{all}, {value}, of.name + ".repeated", {of.name}));
  }

  void pack(ir::NodeId id) {
    const ir::Node node = network_.node(id);
    switch (moves_.at(id)) {
      case Move::mask_product: {
        ir::ValueId rows = packed(node.inputs[mask_operand(network_, node, plan_.mask, lead_) == 0 ? 1 : 0]);
        packed_[node.outputs[0]] = rows;
        return;
      }
      case Move::masked: {
        const ops::Masked masked = *node.op.masked();
        std::vector<ir::ValueId> inputs;
        for (size_t i = 0; i < node.inputs.size(); ++i)
          inputs.push_back(i == masked.mask ? cu_seqlens_ : packed(node.inputs[i]));
        // Within a sequence, flat positions are as far apart as positions.
        if (masked.positions) inputs.push_back(token_index_);
        const ir::ValueId made = replacement(id, masked.packed, inputs);
        if (masked.gives_rows) {
          packed_[node.outputs[0]] = made;
        } else {
          packed_.erase(node.outputs[0]);
          substitute(network_, node.outputs[0], made);
        }
        return;
      }
      case Move::token_wise: break;
    }
    RowForm form = *row_form(network_, node, lead_, tokens_);
    std::vector<ir::ValueId> inputs;
    for (size_t i = 0; i < node.inputs.size(); ++i) inputs.push_back(operand(node.inputs[i], form.operands[i], node));
    packed_[node.outputs[0]] = replacement(id, form.op, inputs);
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
    if (kind == Operand::repeated) return packed_repeated(value);
    // [1, 1, rest..] under [batch, seq, rest..] becomes [rest..].
    const std::vector<Dim>& shape = network_.value(value).type.shape;
    size_t inner = static_cast<size_t>(network_.value(node.outputs[0]).type.rank()) - lead_.size();
    std::vector<Dim> squeezed(shape.end() - static_cast<int64_t>(inner), shape.end());
    return network_.add1(ops::Reshape{squeezed}, {value}, network_.value(value).name + ".squeezed", node.origins);
  }

  /// Outputs in padded form keep their names; "packed.NAME", of that role, gives the rows before they are spread.
  void offer_outputs() {
    const std::vector<ir::Output> outputs = network_.outputs;
    for (const ir::Output& output : outputs) {
      ir::NodeId producer = network_.value(output.value).producer;
      if (producer == ir::kNone || !moves_.count(producer)) continue;
      network_.mark_output(network_.unique_output_name("packed." + output.name), packed_.at(output.value), true,
                           {Role::packed, output.name});
    }
  }

  /// Padded readers and outputs read the packed rows spread again.
  void unpack_for_others(const std::vector<ir::NodeId>& order) {
    for (ir::NodeId id : order) {
      if (!moves_.count(id) || !packed_.count(network_.node(id).outputs[0])) continue;
      const ir::Node node = network_.node(id);
      ir::ValueId padded = node.outputs[0];
      std::vector<ir::NodeId> users = network_.users(padded);
      bool others = std::any_of(users.begin(), users.end(), [&](ir::NodeId user) { return !moves_.count(user); });
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
      const std::string& name = network_.value(input.value).name;
      network_.mark_entry(network_.unique_input_name("packed." + name), place->second, input.absent,
                          {Role::packed, name});
      any = true;
    }
    if (any)
      network_.mark_entry(network_.unique_input_name("cu_seqlens"), cu_seqlens_, ir::InputDefault::required,
                          {Role::bounds, tokens_.str()});
  }

  ir::Network& network_;
  const PassContext& context_;
  const PackingPlan plan_;
  const std::map<ir::NodeId, Move>& moves_ = plan_.moves;
  const std::vector<Dim>& lead_ = plan_.lead;
  ir::ValueId token_index_ = ir::kNone, cu_seqlens_ = ir::kNone;
  Dim tokens_;
  std::map<ir::ValueId, ir::ValueId> packed_;    ///< by padded value
  std::map<ir::ValueId, ir::ValueId> repeated_;  ///< by value [1, seq, ..]
};

}  // namespace

int pack_tokens(ir::Network& network, const PassContext& context) {
  network.sort();
  return tidy(network, Packer(network, context).run());
}

}  // namespace lathe::passes
