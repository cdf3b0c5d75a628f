//   merged(x)                 =    reshape [batch, heads, rest..] -> [batch*heads, rest..]
//   f(merged(x), merged(y))   ->   merged(f(x, y))
//
// f is a product, a transpose of the rest, a softmax or lookup along it, or works element by element; an operand may
// also be a number, or the same for all of the batch. Frameworks whose products take one batch dimension merge two: so
// that heads are heads again to other passes, the reshape moves on until it meets its inverse. Only in networks that
// have a product of two merged values.
#include <fmt/format.h>

#include <algorithm>

#include "ops/activation.h"
#include "ops/cast.h"
#include "ops/compare.h"
#include "ops/expand.h"
#include "ops/gather_elements.h"
#include "ops/matmul.h"
#include "ops/reshape.h"
#include "ops/softmax.h"
#include "ops/transpose.h"
#include "ops/where.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

using Dims = std::vector<Dim>;

/// batch and heads of a value that is merged, else nothing.
std::optional<std::array<Dim, 2>> batches_of(const ir::Network& network, ir::ValueId value) {
  const ir::Node* node = network.producer(value);
  if (!node || !node->op.is<ops::Reshape>()) return std::nullopt;
  const Dims &from = network.value(node->inputs[0]).type.shape, &to = network.value(value).type.shape;
  if (to.size() < 3 || from.size() != to.size() + 1 || !(from[0] * from[1] == to[0])) return std::nullopt;
  if (!std::equal(from.begin() + 2, from.end(), to.begin() + 1)) return std::nullopt;
  return std::array{from[0], from[1]};
}

/// The op on [batch, heads, rest..] that gives, merged, what `op` gives of [batch*heads, rest..]; nothing where there
/// is none.
std::optional<ops::Op> on_split(const ops::Op& op) {
  if (op.is<ops::MatMul>() || op.is<ops::Binary>() || op.is<ops::Unary>() || op.is<ops::Act>() || op.is<ops::Cast>() ||
      op.is<ops::Compare>() || op.is<ops::Where>())
    return op;
  if (const auto* transpose = op.as<ops::Transpose>()) {
    if (transpose->perm[0] != 0) return std::nullopt;
    std::vector<int64_t> perm = {0};
    for (int64_t axis : transpose->perm) perm.push_back(axis + 1);
    return ops::Transpose{perm};
  }
  if (const auto* softmax = op.as<ops::Softmax>()) {
    if (softmax->axis == 0) return std::nullopt;
    ops::Softmax split = *softmax;
    if (split.axis > 0) ++split.axis;
    return split;
  }
  if (const auto* gather = op.as<ops::GatherElements>()) {
    if (gather->axis == 0) return std::nullopt;
    return ops::GatherElements{gather->axis > 0 ? gather->axis + 1 : gather->axis};
  }
  return std::nullopt;
}

class Splitter {
 public:
  explicit Splitter(ir::Network& network) : network_(network) {}

  /// Moves the reshapes before a node behind it.
  bool split(ir::NodeId id) {
    const ir::Node node = network_.node(id);
    std::optional<ops::Op> op;
    if (node.outputs.size() != 1 || !find_batches(node) || !(op = on_split(node.op))) return false;
    const ops::TensorType result = network_.value(node.outputs[0]).type;
    if (result.rank() < 3 || !(result.shape[0] == batches_[0] * batches_[1])) return false;
    for (ir::ValueId input : node.inputs)
      if (!fits(input, result.rank(), node.op)) return false;
    std::vector<ir::ValueId> inputs;
    for (ir::ValueId input : node.inputs) inputs.push_back(operand(input, result.rank(), node));
    const ir::ValueId made = network_.add1(*op, inputs, node.name, node.origins);
    const ir::ValueId merged = network_.add1(ops::Reshape{result.shape}, {made}, node.name + ".merged", node.origins);
    substitute(network_, node.outputs[0], merged);
    network_.erase(id);
    return true;
  }

 private:
  /// Those of its operands, where they agree; one at least is merged.
  bool find_batches(const ir::Node& node) {
    bool any = false;
    for (ir::ValueId input : node.inputs) {
      const auto batches = batches_of(network_, input);
      if (!batches) continue;
      if (any && *batches != batches_) return false;
      batches_ = *batches;
      any = true;
    }
    return any;
  }

  bool is_repeated(ir::ValueId value) const {
    const ir::Node* node = network_.producer(value);
    if (!node || !node->op.is<ops::Expand>()) return false;
    const Dims &from = network_.value(node->inputs[0]).type.shape, &to = network_.value(value).type.shape;
    return to[0] == batches_[0] * batches_[1] && from.size() == to.size() && from[0] == Dim(1);
  }

  bool fits(ir::ValueId value, int rank, const ops::Op& op) const {
    if (batches_of(network_, value) || (network_.value(value).type.rank() == rank && is_repeated(value))) return true;
    // What has no batch dimension, or one of 1, is broadcast, but not by a lookup.
    const Dims& shape = network_.value(value).type.shape;
    return !op.is<ops::GatherElements>() && (static_cast<int>(shape.size()) < rank || shape[0] == Dim(1));
  }

  ir::ValueId operand(ir::ValueId value, int rank, const ir::Node& node) {
    if (batches_of(network_, value)) return network_.producer(value)->inputs[0];
    const ops::TensorType type = network_.value(value).type;
    if (type.rank() < rank) return value;
    const bool repeated = is_repeated(value);
    const ir::ValueId from = repeated ? network_.producer(value)->inputs[0] : value;
    Dims apart = network_.value(from).type.shape;
    apart.insert(apart.begin(), Dim(1));
    const ir::ValueId one = network_.add1(ops::Reshape{apart}, {from}, node.name + ".batches", node.origins);
    if (!repeated) return one;
    Dims all(type.shape.begin() + 1, type.shape.end());
    all.insert(all.begin(), batches_.begin(), batches_.end());
    return network_.add1(ops::Expand{all}, {one}, node.name + ".batches", node.origins);
  }

  ir::Network& network_;
  std::array<Dim, 2> batches_;
};

/// Whether a value is merged, perhaps transposed and scaled since.
bool comes_merged(const ir::Network& network, ir::ValueId value) {
  constexpr int kMostSteps = 4;
  for (int i = 0; i < kMostSteps; ++i) {
    if (batches_of(network, value)) return true;
    const ir::Node* node = network.producer(value);
    if (!node || !(node->op.is<ops::Transpose>() || node->op.is<ops::Binary>())) return false;
    value = node->inputs[0];
  }
  return false;
}

}  // namespace

int split_batches(ir::Network& network, const PassContext& context) {
  network.sort();
  const std::vector<ir::NodeId> order = network.nodes();
  const bool any = std::any_of(order.begin(), order.end(), [&](ir::NodeId id) {
    const ir::Node& node = network.node(id);
    return node.op.is<ops::MatMul>() && comes_merged(network, node.inputs[0]) && comes_merged(network, node.inputs[1]);
  });
  if (!any) return 0;
  Splitter splitter(network);
  size_t moved = 0;
  for (ir::NodeId id : order) moved += splitter.split(id) ? 1 : 0;
  if (moved > 0) context.report(fmt::format("{} work on two batch dimensions", counted(moved, "node")));
  return tidy(network, static_cast<int>(moved));
}

}  // namespace lathe::passes
