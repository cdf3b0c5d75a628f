#include "passes/join_products.h"

#include "ops/concat.h"
#include "ops/conv.h"
#include "ops/linear.h"
#include "ops/products.h"
#include "ops/slice.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

/// Along which dimension of W the columns of the result lie: W [k, n], transposed [n, k], or [k.., c, n].
int64_t column_axis(const ir::Network& network, const ir::Node& product) {
  const auto* linear = product.op.as<ops::Linear>();
  return linear && linear->transposed ? 0 : network.value(product.inputs[1]).type.rank() - 1;
}

}  // namespace

const ir::Node* columnwise_product(const ir::Network& network, ir::ValueId value) {
  const ir::Node* node = network.producer(value);
  const ops::Epilogue* epilogue = node ? ops::epilogue_of(node->op) : nullptr;
  if (!epilogue || !network.used_once(value)) return nullptr;
  if (const auto* conv = node->op.as<ops::Conv>(); conv && (!conv->channels_last || conv->groups != 1)) return nullptr;
  for (const ops::EpilogueRecord& record : epilogue->records)
    if (record.kind != ops::EpilogueRecord::Kind::bias && record.kind != ops::EpilogueRecord::Kind::activation)
      return nullptr;
  for (size_t i = 1; i < node->inputs.size(); ++i)
    if (!network.is_constant(node->inputs[i])) return nullptr;
  return node;
}

void join_products(ir::Network& network, const std::vector<ir::ValueId>& parts) {
  const ir::Node first = *network.producer(parts[0]);
  std::vector<ir::NodeId> nodes;
  for (ir::ValueId part : parts) nodes.push_back(network.value(part).producer);
  const std::vector<std::string> origins = united_origins(network, nodes);

  std::vector<ir::ValueId> inputs = {first.inputs[0]};
  for (size_t i = 1; i < first.inputs.size(); ++i) {
    std::vector<ir::ValueId> pieces;
    for (ir::NodeId n : nodes) pieces.push_back(network.node(n).inputs[i]);
    inputs.push_back(network.add1(ops::Concat{i == 1 ? column_axis(network, first) : 0}, pieces,
                                  node_name(origins, i == 1 ? "merged_weight" : "merged_bias"), origins));
  }
  const std::string name = node_name(origins, first.op.name());
  const ir::ValueId merged = network.add1(first.op, inputs, name, origins);
  inherit_name(network, network.value(merged).producer, name, nodes);

  Dim offset(0);
  for (ir::ValueId part : parts) {
    ops::Slice slice{.size = network.value(part).type.shape};
    slice.start.assign(slice.size.size(), Dim(0));
    slice.start.back() = offset;
    offset = offset + slice.size.back();
    const ir::NodeId old = network.value(part).producer;
    const std::vector<std::string> own = network.node(old).origins;
    substitute(network, part, network.add1(slice, {merged}, node_name(own, "slice"), own));
    network.erase(old);
  }
}

}  // namespace lathe::passes
