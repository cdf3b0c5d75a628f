//   reshapes and transposes of x that come to a transpose of x   ->   transpose(x), or x
//   reshape(reshape(x))                                          ->   reshape(x)
//
// Exporters put heads and batch into one dimension, transpose, and take them apart again.
#include <fmt/format.h>

#include "ops/reshape.h"
#include "ops/transpose.h"
#include "passes/index_form.h"
#include "passes/layout.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

/// Of a value whose element at [i0, i1, ..] is the one of x at these indices in another order: that order.
std::optional<std::vector<int64_t>> order_of(const ir::Network& network, ir::ValueId value, const Element& source) {
  const std::vector<Dim>&to = network.value(value).type.shape, &from = network.value(source.value).type.shape;
  if (to.size() != from.size()) return std::nullopt;
  std::vector<int64_t> perm(to.size(), -1);
  for (size_t s = 0; s < from.size(); ++s) {
    bool found = false;
    for (size_t d = 0; d < to.size() && !found; ++d) {
      const bool same = to[d] == Dim(1) ? from[s] == Dim(1) : source.at[s] == IndexForms::index(d) && from[s] == to[d];
      if (!same || perm[d] >= 0) continue;
      perm[d] = static_cast<int64_t>(s);
      found = true;
    }
    if (!found) return std::nullopt;
  }
  return perm;
}

/// Lets each reshape of a reshape read what the first one reads, and go where that has its shape; the number of them.
size_t skip_reshapes(ir::Network& network) {
  size_t skipped = 0;
  for (ir::NodeId id : network.nodes()) {
    if (!network.node(id).op.is<ops::Reshape>()) continue;
    const ir::Node* before = network.producer(network.node(id).inputs[0]);
    if (!before || !before->op.is<ops::Reshape>()) continue;
    const ir::ValueId x = before->inputs[0], y = network.node(id).outputs[0];
    ++skipped;
    if (network.value(x).type == network.value(y).type && !(network.is_output(y) && !network.producer(x))) {
      substitute(network, y, x);
      network.erase(id);
    } else {
      network.set_input(id, 0, x);
    }
  }
  return skipped;
}

}  // namespace

int merge_moves(ir::Network& network, const PassContext& context) {
  size_t merged = 0;
  for (ir::ValueId value : values_from_the_end(network)) {
    const ir::Node* node = network.producer(value);
    if (!node || !node->alive || !(node->op.is<ops::Reshape>() || node->op.is<ops::Transpose>())) continue;
    const std::vector<Element> sources = IndexForms(network).moved(value);
    // The furthest one: at least two moves become one, or one that changes nothing goes.
    for (size_t i = sources.size(); i-- > 0;) {
      const auto perm = order_of(network, value, sources[i]);
      if (!perm || (i == 0 && !is_identity(*perm))) continue;
      if (is_identity(*perm) && network.is_output(value) && !network.producer(sources[i].value)) continue;
      ir::ValueId made = sources[i].value;
      if (!is_identity(*perm)) made = network.add1(ops::Transpose{*perm}, {made}, node->name, node->origins);
      const ir::NodeId old = network.value(value).producer;
      substitute(network, value, made);
      network.erase(old);
      ++merged;
      break;
    }
  }
  merged += skip_reshapes(network);
  if (merged > 0) context.report(fmt::format("{} merged", counted(merged, "chain of reshapes and transposes")));
  return tidy(network, static_cast<int>(merged));
}

}  // namespace lathe::passes
