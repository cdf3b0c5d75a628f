//   q = x Wq + bq,  k = x Wk + bk,  v = x Wv + bv  of one attention
//        ->   qkv = x [Wq Wk Wv] + [bq bk bv],  q, k, v = slices of qkv along the last axis
//
// All without or all with bias; two of the three also merge when the third has another input. The concatenated weights
// are nodes on constants: fold_constants computes them.
#include <fmt/format.h>

#include <algorithm>

#include "ops/attention.h"
#include "ops/linear.h"
#include "passes/join_products.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

/// A linear with nothing but a bias that only one node reads; else null.
const ir::Node* plain_linear(const ir::Network& network, ir::ValueId value) {
  const ir::Node* node = columnwise_product(network, value);
  const auto* op = node ? node->op.as<ops::Linear>() : nullptr;
  const auto is_bias = [](const ops::EpilogueRecord& r) { return r.kind == ops::EpilogueRecord::Kind::bias; };
  return op && std::all_of(op->epilogue.records.begin(), op->epilogue.records.end(), is_bias) ? node : nullptr;
}

/// Those of the three operands that one product may make together; the largest such group.
std::vector<ir::ValueId> parallel(const ir::Network& network, const ir::Node& attention) {
  std::vector<ir::ValueId> best;
  for (size_t leader = 0; leader < 3; ++leader) {
    const ir::Node* first = plain_linear(network, attention.inputs[leader]);
    std::vector<ir::ValueId> group;
    for (size_t i = 0; first && i < 3; ++i) {
      ir::ValueId value = attention.inputs[i];
      const ir::Node* linear = plain_linear(network, value);
      bool again = std::find(group.begin(), group.end(), value) != group.end();
      if (linear && !again && linear->inputs[0] == first->inputs[0] && linear->op == first->op) group.push_back(value);
    }
    if (group.size() > best.size()) best = group;
  }
  return best;
}

}  // namespace

int fuse_qkv(ir::Network& network, const PassContext& context) {
  int rewrites = 0;
  for (ir::NodeId id : network.nodes()) {
    if (!network.node(id).op.is<ops::Attention>()) continue;
    std::vector<ir::ValueId> parts = parallel(network, network.node(id));
    if (parts.size() < 2) continue;
    join_products(network, parts);
    context.report(
        fmt::format("{} of {} became one", counted(parts.size(), "product"), place(network.node(id).origins)));
    ++rewrites;
  }
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
