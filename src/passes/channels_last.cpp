//   conv(x, w [, b])   ->   transpose(conv(channels_last, bias)(transpose(x), w', b))     w constant
//   the same of 1 by 1 windows without steps   ->   transpose(linear(bias)(transpose(x), w', b))
//   pool(x)            ->   transpose(pool(channels_last)(transpose(x)))
//
// where the target has kernels for it. push_transposes makes the transposes meet and go.
#include <fmt/format.h>

#include <algorithm>

#include "base/dtype.h"
#include "ir/expand.h"
#include "ops/conv.h"
#include "ops/linear.h"
#include "ops/pool.h"
#include "ops/transpose.h"
#include "passes/passes.h"
#include "passes/rewrite.h"
#include "passes/target.h"

namespace lathe::passes {
namespace {

using Record = ops::EpilogueRecord;

/// Whether the target has a kernel for the op, on inputs of which those behind the first are constant; one that is not
/// there is not asked.
bool is_taken(const PassContext& context, const ops::Op& op, const ops::Types& inputs) {
  if (!context.target) return true;
  std::vector<TargetOperand> operands;
  for (const ops::TensorType& type : inputs) operands.push_back({type, !operands.empty()});
  ops::Equalities compared;
  const TargetOperand output{op.infer(inputs, compared).at(0)};
  return context.target->takes(op, operands, {&output, 1});
}

ops::TensorType turned(const ops::TensorType& type, const std::vector<int64_t>& perm) {
  ops::TensorType result{type.dtype, {}};
  for (int64_t axis : perm) result.shape.push_back(type.shape[static_cast<size_t>(axis)]);
  return result;
}

/// [k.., c, o] from [o, c, k..].
std::vector<int64_t> weights_last(size_t rank) {
  std::vector<int64_t> perm;
  for (size_t d = 2; d < rank; ++d) perm.push_back(static_cast<int64_t>(d));
  perm.push_back(1);
  perm.push_back(0);
  return perm;
}

/// Windows of one element, side by side: a product of each place's channels.
bool is_product(const ops::Conv& op, const ops::TensorType& w) {
  const auto is = [](int64_t number) { return [=](const auto& v) { return v == decltype(v)(number); }; };
  const ops::Window& window = op.window;
  return op.groups == 1 && std::all_of(w.shape.begin() + 2, w.shape.end(), is(1)) &&
         std::all_of(window.strides.begin(), window.strides.end(), is(1)) &&
         std::all_of(window.pads_before.begin(), window.pads_before.end(), is(0)) &&
         std::all_of(window.pads_after.begin(), window.pads_after.end(), is(0));
}

class ChannelsLast {
 public:
  ChannelsLast(ir::Network& network, const PassContext& context) : network_(network), context_(context) {}

  bool rewrite(ir::NodeId id) {
    const ir::Node node = network_.node(id);
    if (const auto* conv = node.op.as<ops::Conv>()) return !conv->channels_last && rewrite_conv(id, node, *conv);
    if (const auto* pool = node.op.as<ops::Pool>()) return !pool->channels_last && rewrite_pool(id, node, *pool);
    return false;
  }

 private:
  const ops::TensorType& type(ir::ValueId v) const { return network_.value(v).type; }

  bool rewrite_conv(ir::NodeId id, const ir::Node& node, const ops::Conv& conv) {
    for (size_t i = 1; i < node.inputs.size(); ++i)
      if (!network_.is_constant(node.inputs[i])) return false;
    const size_t rank = type(node.inputs[0]).shape.size();
    ops::Epilogue epilogue;
    if (node.inputs.size() == 3) epilogue.records.push_back({.kind = Record::Kind::bias});
    ops::Conv op{conv.window, conv.groups, true, epilogue};
    ops::Types types = network_.types_of(node.inputs);
    types[0] = turned(types[0], ops::channels_back(rank));
    const ops::TensorType w = types[1];
    const ops::Linear product{epilogue, true, w.dtype};
    types[1] = {w.dtype, {w.shape[0], w.shape[1]}};
    if (!is_float(w.dtype)) return false;
    const bool multiplies =
        is_product(conv, w) && types[0].shape.back() == w.shape[1] && is_taken(context_, product, types);
    types[1] = turned(w, weights_last(rank));
    if (!multiplies && !is_taken(context_, op, types)) return false;
    ir::NetworkExpander to(network_, node);
    std::vector<ir::ValueId> inputs = node.inputs;
    ir::ValueId y;
    inputs[0] = to.add(ops::Transpose{ops::channels_back(rank)}, {inputs[0]});
    if (multiplies) {
      inputs[1] = to.reshape(inputs[1], {w.shape[0], w.shape[1]});
      y = to.add(product, inputs);
    } else {
      inputs[1] = to.add(ops::Transpose{weights_last(rank)}, {inputs[1]});
      y = to.add(op, inputs);
    }
    finish(id, node, to, y);
    return true;
  }

  bool rewrite_pool(ir::NodeId id, const ir::Node& node, const ops::Pool& pool) {
    if (pool.indices) return false;
    const size_t rank = type(node.inputs[0]).shape.size();
    ops::Pool op = pool;
    op.channels_last = true;
    if (!is_taken(context_, op, {turned(type(node.inputs[0]), ops::channels_back(rank))})) return false;
    ir::NetworkExpander to(network_, node);
    const ir::ValueId x = to.add(ops::Transpose{ops::channels_back(rank)}, {node.inputs[0]});
    finish(id, node, to, to.add(op, {x}));
    return true;
  }

  /// y, with the channels in front again, for what the node gave.
  void finish(ir::NodeId id, const ir::Node& node, ir::NetworkExpander& to, ir::ValueId y) {
    const size_t rank = type(y).shape.size();
    take_names(network_, network_.value(y).producer, id);
    substitute(network_, node.outputs[0], to.add(ops::Transpose{ops::channels_first(rank)}, {y}));
    network_.erase(id);
  }

  ir::Network& network_;
  const PassContext& context_;
};

}  // namespace

int channels_last(ir::Network& network, const PassContext& context) {
  ChannelsLast pass(network, context);
  int rewrites = 0;
  for (ir::NodeId id : network.nodes()) rewrites += pass.rewrite(id);
  if (rewrites > 0)
    context.report(fmt::format("{} with the channels last", counted(static_cast<size_t>(rewrites), "node")));
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
