//   op(constants)                                   ->   a constant, whose recipe is the op on the inputs' recipes
//   x * 1, x / 1, x + 0, x - 0, activation(none)    ->   x
//   cast, reshape, transpose, slice, concat that change nothing   ->   x
//   reshape(reshape(x))                             ->   reshape(x)
#include <fmt/format.h>

#include <algorithm>

#include "ir/fold.h"
#include "ops/activation.h"
#include "ops/cast.h"
#include "ops/concat.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/transpose.h"
#include "passes/layout.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

/// Broadcasts of constants may be much larger than their inputs: those stay computed at run time.
constexpr int64_t kFreeBytes = 1 << 20;

/// Bytes of a constant type; -1 when it is not constant or absurd.
int64_t bytes_of(const ops::TensorType& type) {
  int64_t count = 1;
  for (const Dim& d : type.shape) {
    if (!d.is_constant() || d.constant() < 0) return -1;
    count = saturating_mul(count, d.constant());
  }
  return lathe::bytes_of(type.dtype, count);
}

bool worth_folding(const ir::Network& network, const ir::Node& node) {
  if (node.op.traits().effect) return false;
  int64_t read = 0, written = 0;
  for (ir::ValueId v : node.inputs) {
    if (!network.is_constant(v)) return false;
    read = saturating_add(read, bytes_of(network.value(v).type));
  }
  for (ir::ValueId v : node.outputs) {
    int64_t bytes = bytes_of(network.value(v).type);
    if (bytes < 0) return false;
    written = saturating_add(written, bytes);
  }
  return written <= kFreeBytes || written <= saturating_mul(4, read);
}

bool fold(ir::Network& network, ir::NodeId id, const PassContext& context) {
  const ir::Node node = network.node(id);
  if (!context.evaluator || !node.blocks.empty() || node.outputs.size() != 1 || !worth_folding(network, node))
    return false;
  const ir::ValueId old = node.outputs[0];
  if (network.is_output(old)) return false;  // an output stays the result of a node
  const std::vector<ir::ValueId>& inputs = node.inputs;
  auto result = ir::folded(network, node.op, inputs, *context.evaluator);
  if (!result || !(result->first == network.value(old).type)) return false;
  for (ir::ValueId v : node.inputs)
    if (network.used_once(v)) network.value(v).constant->data.forget();
  const ir::ValueId made =
      network.add_constant(node.name + ".folded", std::move(result->first), std::move(result->second));
  substitute(network, old, made);
  network.erase(id);
  return true;
}

/// The value that the node's result equals without computing, or kNone.
ir::ValueId unchanged(const ir::Network& network, const ir::Node& node) {
  if (node.inputs.empty() || node.outputs.size() != 1) return ir::kNone;
  const ops::TensorType& out = network.value(node.outputs[0]).type;
  auto same_type = [&](size_t i) { return network.value(node.inputs[i]).type == out; };
  auto is = [&](size_t i, double n) { return ir::number_of(network, node.inputs[i]) == n; };
  if (const auto* op = node.op.as<ops::Binary>()) {
    bool adds = op->kind == ops::BinaryKind::add, muls = op->kind == ops::BinaryKind::mul;
    bool subs = op->kind == ops::BinaryKind::sub, divs = op->kind == ops::BinaryKind::div;
    if (same_type(0) && (((adds || subs) && is(1, 0)) || ((muls || divs) && is(1, 1)))) return node.inputs[0];
    if (same_type(1) && ((adds && is(0, 0)) || (muls && is(0, 1)))) return node.inputs[1];
    return ir::kNone;
  }
  if (!same_type(0)) return ir::kNone;
  bool nothing = node.op.is<ops::Cast>() || node.op.is<ops::Reshape>();
  if (const auto* act = node.op.as<ops::Act>()) nothing = act->kind == ops::ActKind::none;
  if (const auto* transpose = node.op.as<ops::Transpose>()) nothing = is_identity(transpose->perm);
  if (const auto* slice = node.op.as<ops::Slice>())
    nothing = std::all_of(slice->start.begin(), slice->start.end(), [](const Dim& d) { return d == Dim(0); }) &&
              std::all_of(slice->stride.begin(), slice->stride.end(), [](int64_t stride) { return stride == 1; });
  if (node.op.is<ops::Concat>()) nothing = node.inputs.size() == 1;
  return nothing ? node.inputs[0] : ir::kNone;
}

/// reshape(reshape(x)) reads x at once.
bool shorten(ir::Network& network, ir::NodeId id) {
  const ir::Node& node = network.node(id);
  if (!node.op.is<ops::Reshape>()) return false;
  const ir::Node* inner = network.producer(node.inputs[0]);
  if (!inner || !inner->op.is<ops::Reshape>()) return false;
  // Of sizes that a run compares, each step compares its own.
  const auto count = [&](ir::ValueId v) { return count_of(network.value(v).type.shape); };
  if (!(count(inner->inputs[0]) == count(node.outputs[0]))) return false;
  network.set_input(id, 0, inner->inputs[0]);
  return true;
}

}  // namespace

int fold_constants(ir::Network& network, const PassContext& context) {
  size_t folded = 0, dropped = 0;
  for (ir::NodeId id : network.nodes()) {
    if (fold(network, id, context)) {
      ++folded;
      continue;
    }
    dropped += shorten(network, id);
    const ir::Node& node = network.node(id);
    ir::ValueId same = unchanged(network, node);
    if (same == ir::kNone) continue;
    // An output stays the result of a node.
    if (network.is_output(node.outputs[0]) && !network.producer(same)) continue;
    substitute(network, node.outputs[0], same);
    network.erase(id);
    ++dropped;
  }
  if (folded > 0) context.report(fmt::format("{} on constants computed", counted(folded, "node")));
  if (dropped > 0) context.report(fmt::format("{} that changed nothing removed", counted(dropped, "node")));
  return tidy(network, static_cast<int>(folded + dropped));
}

}  // namespace lathe::passes
