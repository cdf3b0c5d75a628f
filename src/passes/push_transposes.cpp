//   f(transpose(x))                   ->   transpose(f(x))        f element by element, over axes, or a window of some
//   f(transpose(x), transpose(y))     ->   transpose(f(x, y))
//   f(transpose(x), constant)         ->   transpose(f(x, transpose(constant)))
//   transpose(transpose(x))           ->   transpose(x), or x
//   transpose that moves only sizes of 1   ->   reshape, which counts as that transpose
//   reshape(transpose(x)) of [n, c, x..] to [n, c, all of x]   ->   transpose(reshape(x))
//
// Only of transposes that bring the channels from the last place to the second, and only in networks that have ops with
// their channels last: they go on until they meet their inverse, or what is not the same in another order.
#include <fmt/format.h>

#include <algorithm>

#include "ir/expand.h"
#include "ops/activation.h"
#include "ops/cast.h"
#include "ops/compare.h"
#include "ops/concat.h"
#include "ops/conv.h"
#include "ops/pad.h"
#include "ops/pool.h"
#include "ops/reduce.h"
#include "ops/reshape.h"
#include "ops/resize.h"
#include "ops/slice.h"
#include "ops/softmax.h"
#include "ops/transpose.h"
#include "ops/where.h"
#include "passes/layout.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

using Perm = std::vector<int64_t>;

size_t at(const Perm& perm, size_t i) { return static_cast<size_t>(perm[i]); }

/// A list of one value a dimension of transpose(x), in the order of x.
template <class List>
List in_order_of_x(const List& list, const Perm& perm) {
  List result = list;
  for (size_t i = 0; i < list.size(); ++i) result[at(perm, i)] = list[i];
  return result;
}

int64_t axis_of_x(int64_t axis, const Perm& perm) {
  return perm[static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(perm.size()) : axis)];
}

ops::Numbers in_order_of_x(const ops::Numbers& numbers, const Perm& perm, size_t first) {
  ops::Numbers result = numbers;
  if (!numbers.empty())
    for (size_t i = 0; i < perm.size(); ++i) result.values[first + at(perm, i)] = numbers[first + i];
  return result;
}

/// The op on x that gives, transposed, what `op` gives of transpose(x); nothing where there is none.
std::optional<ops::Op> on_x(const ops::Op& op, const Perm& perm) {
  if (op.is<ops::Act>() || op.is<ops::Unary>() || op.is<ops::Cast>() || op.is<ops::Binary>() || op.is<ops::Where>() ||
      op.is<ops::Compare>())
    return op;
  if (const auto* concat = op.as<ops::Concat>()) return ops::Concat{axis_of_x(concat->axis, perm)};
  if (const auto* softmax = op.as<ops::Softmax>()) {
    ops::Softmax moved = *softmax;
    moved.axis = axis_of_x(softmax->axis, perm);
    return moved;
  }
  if (const auto* slice = op.as<ops::Slice>())
    return ops::Slice{in_order_of_x(slice->start, perm), in_order_of_x(slice->size, perm),
                      in_order_of_x(slice->stride, perm)};
  if (const auto* pad = op.as<ops::Pad>()) {
    ops::Pad moved = *pad;
    moved.before = in_order_of_x(pad->before, perm);
    moved.after = in_order_of_x(pad->after, perm);
    return moved;
  }
  if (const auto* resize = op.as<ops::Resize>()) {
    ops::Resize moved = *resize;
    moved.shape = in_order_of_x(resize->shape, perm);
    moved.scales = in_order_of_x(resize->scales, perm, 0);
    moved.roi = in_order_of_x(in_order_of_x(resize->roi, perm, 0), perm, perm.size());
    return moved;
  }
  if (const auto* reduce = op.as<ops::Reduce>()) {
    ops::Reduce moved = *reduce;
    for (int64_t& axis : moved.axes) axis = axis_of_x(axis, perm);
    std::sort(moved.axes.begin(), moved.axes.end());
    return moved;
  }
  return std::nullopt;
}

/// How the result on x is transposed: as x, or what is left of that without axes that have gone.
Perm perm_of_result(const ops::Op& op, const Perm& perm) {
  const auto* reduce = op.as<ops::Reduce>();
  if (!reduce || reduce->keep_dims) return perm;
  std::vector<bool> gone(perm.size());
  for (int64_t axis : reduce->axes) gone[static_cast<size_t>(axis_of_x(axis, perm))] = true;
  Perm left;
  for (int64_t axis : perm) {
    const auto a = static_cast<size_t>(axis);
    if (!gone[a]) left.push_back(axis - std::count(gone.begin(), gone.begin() + static_cast<int64_t>(a), true));
  }
  return left;
}

/// Whether elements stay where they are: all sizes but 1 keep their order.
bool only_renames(const ops::TensorType& x, const Perm& perm) {
  int64_t last = -1;
  for (int64_t axis : perm) {
    if (x.shape[static_cast<size_t>(axis)] == Dim(1)) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

class Pusher {
 public:
  explicit Pusher(ir::Network& network) : network_(network) {}

  bool visit(ir::NodeId id) {
    const ir::Node node = network_.node(id);
    if (const auto* transpose = node.op.as<ops::Transpose>()) return join(id, node, perm_of(*transpose));
    if (node.op.is<ops::Reshape>()) return merge(id, node);
    if (node.inputs.empty() || node.outputs.size() != 1) return false;
    const size_t rank = rank_of_all(node);
    if (rank < 3) return false;
    const Perm perm = ops::channels_first(rank);
    const bool any = std::any_of(node.inputs.begin(), node.inputs.end(),
                                 [&](ir::ValueId v) { return source(v, perm) != ir::kNone; });
    const std::optional<ops::Op> op = any ? on_x(node.op, perm) : std::nullopt;
    if (!op || !std::all_of(node.inputs.begin(), node.inputs.end(), [&](ir::ValueId v) { return can_turn(v, perm); }))
      return false;
    ir::NetworkExpander to(network_, node);
    std::vector<ir::ValueId> inputs;
    for (ir::ValueId v : node.inputs) inputs.push_back(turned(to, v, perm));
    const ir::ValueId y = to.add(*op, inputs);
    take_names(network_, network_.value(y).producer, id);
    replace(id, node.outputs[0], transposed(to, y, perm_of_result(node.op, perm)));
    return true;
  }

 private:
  const ops::TensorType& type(ir::ValueId v) const { return network_.value(v).type; }

  static Perm perm_of(const ops::Transpose& transpose) {
    Perm perm = transpose.perm;
    for (int64_t& axis : perm)
      if (axis < 0) axis += static_cast<int64_t>(perm.size());
    return perm;
  }

  size_t rank_of_all(const ir::Node& node) const {
    size_t rank = 0;
    for (ir::ValueId v : node.inputs) rank = std::max(rank, type(v).shape.size());
    return rank;
  }

  /// x, where the value is transpose(x) of this order; else kNone.
  ir::ValueId source(ir::ValueId v, const Perm& perm) const {
    const ir::Node* producer = network_.producer(v);
    if (!producer) return ir::kNone;
    if (producer->op.is<ops::Reshape>()) return renamed_source(v, producer->inputs[0], perm);
    const auto* transpose = producer->op.as<ops::Transpose>();
    return transpose && perm_of(*transpose) == perm ? producer->inputs[0] : ir::kNone;
  }

  /// x, where the value is a reshape of it that equals its transpose.
  ir::ValueId renamed_source(ir::ValueId v, ir::ValueId x, const Perm& perm) const {
    const std::vector<Dim>&shape = type(v).shape, &from = type(x).shape;
    if (shape.size() != perm.size() || from.size() != perm.size() || !only_renames(type(x), perm)) return ir::kNone;
    for (size_t d = 0; d < shape.size(); ++d)
      if (!(shape[d] == from[at(perm, d)])) return ir::kNone;
    return x;
  }

  /// Whether an input is at hand in the order of x: transposed already, constant, or small and moved by renaming.
  bool can_turn(ir::ValueId v, const Perm& perm) const {
    const ops::TensorType& t = type(v);
    if (source(v, perm) != ir::kNone || network_.is_constant(v) || t.shape.empty()) return true;
    return t.shape.size() == perm.size() && only_renames(t, ops::channels_back(perm.size()));
  }

  /// The input in the order of x.
  ir::ValueId turned(ir::NetworkExpander& to, ir::ValueId v, const Perm& perm) const {
    if (const ir::ValueId x = source(v, perm); x != ir::kNone) return x;
    std::vector<Dim> shape = type(v).shape;
    if (shape.empty()) return v;
    if (shape.size() < perm.size()) {
      shape.insert(shape.begin(), perm.size() - shape.size(), Dim(1));
      v = to.reshape(v, shape);
    }
    return transposed(to, v, ops::channels_back(perm.size()));
  }

  ir::ValueId transposed(ir::NetworkExpander& to, ir::ValueId x, const Perm& perm) const {
    if (is_identity(perm)) return x;
    if (!only_renames(type(x), perm)) return to.add(ops::Transpose{perm}, {x});
    std::vector<Dim> shape;
    for (int64_t axis : perm) shape.push_back(type(x).shape[static_cast<size_t>(axis)]);
    return to.reshape(x, shape);
  }

  /// A transpose of a transpose.
  bool join(ir::NodeId id, const ir::Node& node, const Perm& perm) {
    const ir::Node* inner = network_.producer(node.inputs[0]);
    const auto* before = inner ? inner->op.as<ops::Transpose>() : nullptr;
    if (!before) return rename(id, node, perm);
    const Perm first = perm_of(*before);
    Perm both;
    for (int64_t axis : perm) both.push_back(first[static_cast<size_t>(axis)]);
    const ir::ValueId x = inner->inputs[0];
    // An output stays the result of a node.
    if (is_identity(both) && network_.is_output(node.outputs[0]) && !network_.producer(x)) return false;
    ir::NetworkExpander to(network_, node);
    replace(id, node.outputs[0], transposed(to, x, both));
    return true;
  }

  /// The spatial dimensions become one.
  bool merge(ir::NodeId id, const ir::Node& node) {
    const std::vector<Dim> from = type(node.inputs[0]).shape, shape = type(node.outputs[0]).shape;
    if (from.size() < 4 || shape.size() != 3 || !(shape[0] == from[0]) || !(shape[1] == from[1])) return false;
    const ir::ValueId x = source(node.inputs[0], ops::channels_first(from.size()));
    if (x == ir::kNone) return false;
    ir::NetworkExpander to(network_, node);
    const ir::ValueId merged = to.reshape(x, {shape[0], shape[2], shape[1]});
    replace(id, node.outputs[0], transposed(to, merged, ops::channels_first(3)));
    return true;
  }

  /// A transpose that moves no element.
  bool rename(ir::NodeId id, const ir::Node& node, const Perm& perm) {
    if (is_identity(perm) || !only_renames(type(node.inputs[0]), perm)) return false;
    ir::NetworkExpander to(network_, node);
    replace(id, node.outputs[0], transposed(to, node.inputs[0], perm));
    return true;
  }

  void replace(ir::NodeId id, ir::ValueId from, ir::ValueId to) {
    substitute(network_, from, to);
    network_.erase(id);
  }

  ir::Network& network_;
};

bool has_channels_last(const ir::Network& network) {
  const std::vector<ir::NodeId> nodes = network.nodes();
  return std::any_of(nodes.begin(), nodes.end(), [&](ir::NodeId id) {
    const auto* conv = network.node(id).op.as<ops::Conv>();
    const auto* pool = network.node(id).op.as<ops::Pool>();
    return (conv && conv->channels_last) || (pool && pool->channels_last);
  });
}

}  // namespace

int push_transposes(ir::Network& network, const PassContext& context) {
  if (!has_channels_last(network)) return 0;
  Pusher pusher(network);
  int rewrites = 0;
  for (ir::NodeId id : network.nodes()) rewrites += pusher.visit(id);
  if (rewrites > 0)
    context.report(fmt::format("transposes moved past {}", counted(static_cast<size_t>(rewrites), "node")));
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
