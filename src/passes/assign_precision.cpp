//   every value gets one type, casts become nodes
//
// Ops with the trait `narrow` (embedding, linear, attention, layer_norm, and what only moves their results) store
// PassContext::storage; everything else, and every output and entry, is f32. What a node and its blocks give each other
// keeps its type: both sides say it. Weights of products and embedding tables are cast (constant casts, which
// fold_constants computes); inputs that an op excepts (Op::takes_narrow: biases, gamma, beta) stay f32. A product or an
// embedding that can store f32 itself does so.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ops/cast.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {
using ir::NodeId;
using ir::ValueId;

class Assigner {
 public:
  Assigner(ir::Network& network, DType storage) : network_(network), storage_(storage) {
    for (size_t v = 0; v < network.value_count(); ++v)
      types_before_.push_back(network.value(static_cast<ValueId>(v)).type.dtype);
  }

  /// The number of values that became narrow.
  int run() {
    for (NodeId id : network_.nodes()) assign(id);
    for (ir::Output& output : network_.outputs)
      if (chooses(network_.value(output.value).type.dtype)) output.value = as(output.value, type_outside(output.value));
    widen_entries();
    network_.sort();
    int narrow = 0;
    for (NodeId id : network_.nodes())
      for (ValueId v : network_.node(id).outputs) narrow += network_.value(v).type.dtype == storage_;
    return narrow;
  }

 private:
  /// What callers bind is f32, as what they read is: an entry on a narrow value moves to its wide form, from which the
  /// value's readers read on.
  void widen_entries() {
    for (ir::Entry& entry : network_.entries) {
      const ValueId value = entry.value;
      if (network_.value(value).type.dtype != storage_) continue;
      const std::vector<NodeId> readers = network_.users(value);
      const ValueId wide = as(value, DType::f32);
      const ValueId narrow = network_.add1(ops::Cast{storage_}, {wide}, network_.value(value).name + ".narrow");
      for (NodeId reader : readers)
        for (size_t i = 0; i < network_.node(reader).inputs.size(); ++i)
          if (network_.node(reader).inputs[i] == value && network_.node(reader).outputs[0] != wide)
            network_.set_input(reader, i, narrow);
      entry.value = wide;
    }
  }

  /// Of the types that the pass chooses between.
  bool chooses(DType type) const { return type == DType::f32 || type == storage_; }

  /// What an output is to whoever reads it.
  DType type_outside(ValueId value) const {
    return network_.is_block() ? types_before_[static_cast<size_t>(value)] : DType::f32;
  }

  DType wanted_by(const ir::Node& node, size_t input) const {
    if (!node.blocks.empty()) return types_before_[static_cast<size_t>(node.inputs[input])];
    return node.op.takes_narrow(input) ? storage_ : DType::f32;
  }

  /// Whether every reader of the value wants it narrow.
  bool wanted_narrow(ValueId value) const {
    if (network_.is_output(value) && type_outside(value) != storage_) return false;
    for (NodeId user : network_.users(value)) {
      const ir::Node& node = network_.node(user);
      for (size_t i = 0; i < node.inputs.size(); ++i)
        if (node.inputs[i] == value && wanted_by(node, i) != storage_) return false;
    }
    return true;
  }

  ValueId as(ValueId value, DType type) {
    if (network_.value(value).type.dtype == type) return value;
    const auto known = casts_.find({value, type});
    if (known != casts_.end()) return known->second;
    ValueId cast = network_.add1(ops::Cast{type}, {value}, network_.value(value).name + ".cast");
    casts_.emplace(std::pair(value, type), cast);
    return cast;
  }

  void assign(NodeId id) {
    for (size_t i = 0; i < network_.node(id).inputs.size(); ++i) {
      const ValueId input = network_.node(id).inputs[i];
      if (!chooses(network_.value(input).type.dtype)) continue;
      network_.set_input(id, i, as(input, wanted_by(network_.node(id), i)));
    }
    ir::Node& node = network_.node(id);
    // Products and embeddings choose what they store; what others store follows from what they read.
    const DType own = network_.value(node.outputs.at(0)).type.dtype;
    if (node.op.traits().narrow && chooses(own))
      node.op = node.op.storing(wanted_narrow(node.outputs[0]) ? storage_ : DType::f32);
    const ops::Types types = network_.types_of(node.inputs);
    ops::Equalities compared;
    ops::Types results = node.op.infer(types, compared);
    for (size_t i = 0; i < results.size(); ++i) network_.value(node.outputs[i]).type = results[i];
  }

  ir::Network& network_;
  DType storage_;
  std::vector<DType> types_before_;  ///< of the values that are not casts of this pass
  std::map<std::pair<ValueId, DType>, ValueId> casts_;
};

}  // namespace

int assign_precision(ir::Network& network, const PassContext& context) {
  if (context.storage == DType::f32) return 0;
  const int narrow = Assigner(network, context.storage).run();
  context.report(
      fmt::format("{} stored as {}", counted(static_cast<size_t>(narrow), "value"), to_string(context.storage)));
  return narrow;
}

}  // namespace lathe::passes
