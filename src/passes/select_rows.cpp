// After the last attention, token-wise work is done only for the rows that are read:
//
//   packed.NAME = f(a, b, ..)                 ->   also rows.NAME = f(gather(a, rows), gather(b, rows), ..)
//                                                  with a new input rows i32[rows]: positions among the packed tokens
//   sequence_pool(first | last)(f(a, ..))     ->   f(sequence_pool(a), ..) * sequence_pool(ones)
//
// f: the token-wise nodes above the value, up to those that are computed for all rows anyway because something that is
// not token-wise (attention) reads them. Pooling gives zeros for a sequence without tokens and f need not map zeros to
// zeros: the product with pooled ones restores them. A pooled value that a default output also shows in full stays.
#include <fmt/format.h>

#include <functional>
#include <map>
#include <set>

#include "ops/binary.h"
#include "ops/fill.h"
#include "ops/gather.h"
#include "ops/reshape.h"
#include "ops/sequence_pool.h"
#include "passes/passes.h"
#include "passes/rewrite.h"
#include "passes/token_wise.h"

namespace lathe::passes {
namespace {

/// The values that some nodes are computed from, these nodes' inputs included.
std::set<ir::ValueId> ancestors(const ir::Network& network, std::vector<ir::ValueId> values) {
  std::set<ir::ValueId> seen;
  while (!values.empty()) {
    ir::ValueId v = values.back();
    values.pop_back();
    const ir::Node* node = network.producer(v);
    if (!seen.insert(v).second || !node) continue;
    values.insert(values.end(), node->inputs.begin(), node->inputs.end());
  }
  return seen;
}

/// Computes a value [tokens, ..] at some rows alone, by copies of the token-wise nodes above it.
class Selection {
 public:
  using Select = std::function<ir::ValueId(ir::ValueId)>;

  /// `select` gives the chosen rows, [count, ..], of a value that is computed in full.
  Selection(ir::Network& network, ir::ValueId value, Dim count, Select select)
      : network_(network),
        value_(value),
        lead_{network.value(value).type.shape.at(0)},
        count_(std::move(count)),
        select_(std::move(select)) {
    find_full();
    find_cone();
  }

  /// The nodes that will be computed for the chosen rows alone.
  size_t size() const { return cone_.size(); }

  ir::ValueId build() {
    for (ir::NodeId id : network_.nodes()) {
      if (!cone_.count(id)) continue;
      const ir::Node node = network_.node(id);
      RowForm form = *row_form(network_, node, lead_, count_);
      std::vector<ir::ValueId> inputs;
      for (size_t i = 0; i < node.inputs.size(); ++i)
        inputs.push_back(form.operands[i] == Operand::shared ? node.inputs[i] : selected(node.inputs[i]));
      selected_[node.outputs[0]] = network_.add1(form.op, inputs, node.name + ".rows", node.origins);
    }
    return selected(value_);
  }

 private:
  std::optional<RowForm> form(const ir::Node& node) const {
    std::optional<RowForm> found = row_form(network_, node, lead_, count_);
    // With one leading dimension nothing is to be squeezed but [1, rest..], which broadcasts as it is.
    if (found)
      for (Operand& operand : found->operands)
        if (operand == Operand::squeezed) operand = Operand::shared;
    return found;
  }

  /// Everything that nodes which are not token-wise are computed from, and the values that callers may bind.
  void find_full() {
    std::vector<ir::ValueId> read;
    for (ir::ValueId v : ancestors(network_, {value_})) {
      const ir::Node* node = network_.producer(v);
      if (node && !form(*node)) read.insert(read.end(), node->inputs.begin(), node->inputs.end());
    }
    full_ = ancestors(network_, read);
    for (const ir::Entry& entry : network_.entries) full_.insert(entry.value);
  }

  void find_cone() {
    std::vector<ir::ValueId> open = {value_};
    while (!open.empty()) {
      ir::ValueId v = open.back();
      open.pop_back();
      const ir::Node* node = network_.producer(v);
      std::optional<RowForm> rows = node && !full_.count(v) ? form(*node) : std::nullopt;
      // Integers are ids and their positions: nothing is saved, and pooling takes no integers.
      bool integers = network_.value(v).type.dtype == DType::i32 || network_.value(v).type.dtype == DType::i64;
      if (!rows || integers || !cone_.insert(network_.value(v).producer).second) continue;
      for (size_t i = 0; i < node->inputs.size(); ++i)
        if (rows->operands[i] == Operand::rows) open.push_back(node->inputs[i]);
    }
  }

  ir::ValueId selected(ir::ValueId v) {
    auto [place, added] = selected_.emplace(v, ir::kNone);
    if (added) place->second = select_(v);
    return place->second;
  }

  ir::Network& network_;
  ir::ValueId value_;
  std::vector<Dim> lead_;
  Dim count_;
  Select select_;
  std::set<ir::ValueId> full_;
  std::set<ir::NodeId> cone_;
  std::map<ir::ValueId, ir::ValueId> selected_;
};

int offer_rows(ir::Network& network, const PassContext& context) {
  const std::string_view prefix = "packed.";
  const std::vector<ir::Output> outputs = network.outputs;
  ir::ValueId rows = ir::kNone;
  int offered = 0;
  for (const ir::Output& output : outputs) {
    bool packed = output.on_demand && output.name.starts_with(prefix) && network.value(output.value).type.rank() > 0;
    if (!packed) continue;
    if (rows == ir::kNone) rows = network.add_input("rows", {DType::i32, {Dim::symbol("rows")}});
    Selection selection(network, output.value, Dim::symbol("rows"), [&](ir::ValueId v) {
      return network.add1(ops::Gather{0}, {v, rows}, network.value(v).name + ".rows", {network.value(v).name});
    });
    std::string name = "rows." + output.name.substr(prefix.size());
    network.mark_output(name, selection.build(), true);
    context.report(fmt::format("{} computes {} for chosen rows alone", name, counted(selection.size(), "node")));
    ++offered;
  }
  return offered;
}

/// What default outputs are computed from when this node's inputs are left out.
std::set<ir::ValueId> needed_beside(const ir::Network& network, ir::NodeId left_out) {
  std::set<ir::ValueId> seen;
  std::vector<ir::ValueId> open;
  for (const ir::Output& output : network.outputs)
    if (!output.on_demand) open.push_back(output.value);
  while (!open.empty()) {
    ir::ValueId v = open.back();
    open.pop_back();
    ir::NodeId producer = network.value(v).producer;
    if (!seen.insert(v).second || producer == ir::kNone || producer == left_out) continue;
    const ir::Node& node = network.node(producer);
    open.insert(open.end(), node.inputs.begin(), node.inputs.end());
  }
  return seen;
}

bool pool_early(ir::Network& network, ir::NodeId id, const PassContext& context) {
  const ir::Node node = network.node(id);
  const auto* op = node.op.as<ops::SequencePool>();
  if (!op || !op->packed || (op->mode != ops::PoolMode::first && op->mode != ops::PoolMode::last)) return false;
  const ir::ValueId x = node.inputs[0], cu_seqlens = node.inputs[1], pooled = node.outputs[0];
  const ops::TensorType type = network.value(pooled).type;
  if (needed_beside(network, id).count(x)) return false;
  auto pool = [&](ir::ValueId v) {
    return network.add1(*op, {v, cu_seqlens}, network.value(v).name + ".pooled", node.origins);
  };
  Selection selection(network, x, type.shape[0], pool);
  if (selection.size() == 0) return false;
  ir::ValueId early = selection.build();
  ops::Fill ones{.dtype = type.dtype, .shape = {network.value(x).type.shape[0], 1}, .start = 1};
  ir::ValueId kept = pool(network.add1(ones, {}, node.name + ".ones", node.origins));
  ir::ValueId result =
      network.add1(ops::Binary{ops::BinaryKind::mul}, {early, kept}, node.name + ".kept", node.origins);
  substitute(network, pooled, result);
  context.report(fmt::format("{} pools before {}, which run for one row a sequence", place(node.origins),
                             counted(selection.size(), "node")));
  return true;
}

}  // namespace

int select_rows(ir::Network& network, const PassContext& context) {
  network.sort();
  int rewrites = 0;
  for (ir::NodeId id : network.nodes()) rewrites += pool_early(network, id, context);
  network.sort();
  rewrites += offer_rows(network, context);
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
