//   every value gets one type, casts become nodes
//
// Encoder ops (embedding, linear, attention, layer_norm, and what only moves their results) store
// PassContext::storage; everything else, and every output and entry, is f32. Weights of products and embedding tables
// are cast (constant casts, which fold_constants computes); biases, gamma and beta stay f32. A product or an embedding
// that can store f32 itself does so.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ops/attention.h"
#include "ops/cast.h"
#include "ops/embedding.h"
#include "ops/gather.h"
#include "ops/layer_norm.h"
#include "ops/linear.h"
#include "ops/reshape.h"
#include "ops/sequence_pool.h"
#include "ops/slice.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {
using ir::NodeId;
using ir::ValueId;

class Assigner {
 public:
  Assigner(ir::Network& network, DType storage) : network_(network), storage_(storage) {}

  /// The number of values that became narrow.
  int run() {
    for (NodeId id : network_.nodes()) assign(id);
    for (ir::Output& output : network_.outputs)
      if (network_.value(output.value).type.dtype == storage_) output.value = as(output.value, DType::f32);
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
        for (ValueId& input : network_.node(reader).inputs)
          if (input == value && network_.node(reader).outputs[0] != wide) input = narrow;
      entry.value = wide;
    }
  }

  static bool stores_narrow(const ops::Op& op) {
    return op.is<ops::Embedding>() || op.is<ops::Linear>() || op.is<ops::Attention>() || op.is<ops::LayerNorm>() ||
           op.is<ops::Gather>() || op.is<ops::Slice>() || op.is<ops::Reshape>() || op.is<ops::SequencePool>();
  }

  /// Whether input i of the node takes the storage type; false: it takes f32 (or is no float at all).
  static bool narrow_input(const ir::Node& node, size_t i) {
    if (!stores_narrow(node.op)) return false;
    if (const auto* op = node.op.as<ops::Embedding>()) return i < 2 * static_cast<size_t>(op->terms);
    if (const auto* op = node.op.as<ops::LayerNorm>()) return i < (op->residual ? 2u : 1u);
    if (const auto* op = node.op.as<ops::Linear>()) {
      int residual = op->epilogue.operand_of(ops::EpilogueRecord::Kind::residual);
      return i < 2 || (residual >= 0 && i == static_cast<size_t>(residual) + 2);
    }
    return true;
  }

  /// Whether every reader of the value wants it narrow; outputs want f32.
  bool wanted_narrow(ValueId value) const {
    if (network_.is_output(value)) return false;
    for (NodeId user : network_.users(value)) {
      const ir::Node& node = network_.node(user);
      for (size_t i = 0; i < node.inputs.size(); ++i)
        if (node.inputs[i] == value && !narrow_input(node, i)) return false;
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
    std::vector<ValueId> inputs = network_.node(id).inputs;
    for (size_t i = 0; i < inputs.size(); ++i) {
      DType type = network_.value(inputs[i]).type.dtype;
      if (type != DType::f32 && type != storage_) continue;
      bool narrow = narrow_input(network_.node(id), i);
      inputs[i] = as(inputs[i], narrow ? storage_ : DType::f32);
    }
    ir::Node& node = network_.node(id);
    node.inputs = inputs;
    if (const auto* linear = node.op.as<ops::Linear>()) {
      ops::Linear changed = *linear;
      changed.out = wanted_narrow(node.outputs[0]) ? storage_ : DType::f32;
      node.op = changed;
    } else if (const auto* embedding = node.op.as<ops::Embedding>()) {
      ops::Embedding changed = *embedding;
      changed.out = wanted_narrow(node.outputs[0]) ? storage_ : DType::f32;
      node.op = changed;
    }
    ops::Types types;
    for (ValueId input : node.inputs) types.push_back(network_.value(input).type);
    ops::Equalities compared;
    ops::Types results = node.op.infer(types, compared);
    for (size_t i = 0; i < results.size(); ++i) network_.value(node.outputs[i]).type = results[i];
  }

  ir::Network& network_;
  DType storage_;
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
