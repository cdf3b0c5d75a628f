//   q = x Wq + bq,  k = x Wk + bk,  v = x Wv + bv  of one attention
//        ->   qkv = x [Wq Wk Wv] + [bq bk bv],  q, k, v = slices of qkv along the last axis
//
// All without or all with bias; two of the three also merge when the third has another input. The concatenated weights
// are nodes on constants: fold_constants computes them.
#include <fmt/format.h>

#include <algorithm>

#include "ops/attention.h"
#include "ops/concat.h"
#include "ops/linear.h"
#include "ops/slice.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

/// Whether the value is a linear with nothing but a bias that only one node reads.
const ir::Node* plain_linear(const ir::Network& network, ir::ValueId value) {
  const ir::Node* node = network.producer(value);
  const auto* op = node ? node->op.as<ops::Linear>() : nullptr;
  if (!op || !network.used_once(value)) return nullptr;
  for (const ops::EpilogueRecord& record : op->epilogue.records)
    if (record.kind != ops::EpilogueRecord::Kind::bias) return nullptr;
  for (size_t i = 1; i < node->inputs.size(); ++i)
    if (!network.is_constant(node->inputs[i])) return nullptr;
  return node;
}

/// One linear for those that make `parts`; each part becomes a slice of its result.
void merge(ir::Network& network, const std::vector<ir::ValueId>& parts) {
  const ir::Node first = *network.producer(parts[0]);
  const ops::Linear op = *first.op.as<ops::Linear>();
  std::vector<ir::NodeId> nodes;
  for (ir::ValueId part : parts) nodes.push_back(network.value(part).producer);
  std::vector<std::string> origins = united_origins(network, nodes);

  std::vector<ir::ValueId> inputs = {first.inputs[0]};
  for (size_t i = 1; i < first.inputs.size(); ++i) {
    std::vector<ir::ValueId> pieces;
    for (ir::NodeId n : nodes) pieces.push_back(network.node(n).inputs[i]);
    bool columns = i == 1 && !op.transposed;  // W [k, n] grows in its second dimension
    inputs.push_back(network.add1(ops::Concat{columns ? 1 : 0}, pieces,
                                  node_name(origins, i == 1 ? "merged_weight" : "merged_bias"), origins));
  }
  std::string name = node_name(origins, "linear");
  ir::ValueId merged = network.add1(op, inputs, name, origins);
  inherit_name(network, network.value(merged).producer, name, nodes);

  Dim offset(0);
  for (ir::ValueId part : parts) {
    ops::Slice slice{.size = network.value(part).type.shape};
    slice.start.assign(slice.size.size(), Dim(0));
    slice.start.back() = offset;
    offset = offset + slice.size.back();
    ir::NodeId old = network.value(part).producer;
    std::vector<std::string> own = network.node(old).origins;
    ir::ValueId view = network.add1(slice, {merged}, node_name(own, "slice"), own);
    substitute(network, part, view);
    network.erase(old);
  }
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
    merge(network, parts);
    context.report(
        fmt::format("{} of {} became one", counted(parts.size(), "product"), place(network.node(id).origins)));
    ++rewrites;
  }
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
