//   conv(x, w [, b]) * s   ->   conv(x, w * s [, b * s])     s constant, one number an output, before the channels last
//   conv(x, w [, b]) + t   ->   conv(x, w, b + t)            t likewise; y - t as well
//   the same of linear(x, w [, bias])
//
// So does normalisation by the statistics of batches, which importers spell as a product and a sum, become part of the
// weights. What is computed here of constants fold_constants computes when the plan is built.
#include <fmt/format.h>

#include <algorithm>

#include "ir/expand.h"
#include "ops/conv.h"
#include "ops/linear.h"
#include "ops/shape_rules.h"
#include "passes/passes.h"
#include "passes/rewrite.h"

namespace lathe::passes {
namespace {

using ops::BinaryKind;
using Record = ops::EpilogueRecord;

/// A product whose weights may be scaled: where its outputs are, in y and in w.
struct Product {
  ir::NodeId node;
  size_t y_axis, w_axis;
  bool has_bias;
};

/// A constant, or what fold_constants makes one.
bool is_known(const ir::Network& network, ir::ValueId v) {
  if (network.is_constant(v)) return true;
  const ir::Node* node = network.producer(v);
  return node && (node->op.is<ops::Binary>() || node->op.traits().reshapes) &&
         std::all_of(node->inputs.begin(), node->inputs.end(), [&](ir::ValueId in) { return is_known(network, in); });
}

std::optional<Product> product_of(const ir::Network& network, ir::ValueId y) {
  const ir::NodeId id = network.value(y).producer;
  if (id == ir::kNone || !network.used_once(y)) return std::nullopt;
  const ir::Node& node = network.node(id);
  if (!node.op.is<ops::Conv>() && !node.op.is<ops::Linear>()) return std::nullopt;
  for (size_t i = 1; i < node.inputs.size(); ++i)
    if (!is_known(network, node.inputs[i])) return std::nullopt;
  const size_t rank = network.value(y).type.shape.size();
  if (const auto* conv = node.op.as<ops::Conv>())
    return conv->channels_last ? std::nullopt : std::optional(Product{id, 1, 0, node.inputs.size() == 3});
  const auto* linear = node.op.as<ops::Linear>();
  const std::vector<Record>& records = linear->epilogue.records;
  const bool plain = records.empty() || (records.size() == 1 && records[0].kind == Record::Kind::bias);
  if (!plain || rank == 0) return std::nullopt;
  return Product{id, rank - 1, linear->transposed ? size_t{0} : size_t{1}, !records.empty()};
}

/// Whether the constant holds one number for each place along an axis of y, and nothing along others.
bool lies_along(const ops::TensorType& constant, const ops::TensorType& y, size_t axis) {
  if (constant.dtype != y.dtype || constant.shape.size() > y.shape.size()) return false;
  const size_t missing = y.shape.size() - constant.shape.size();
  bool found = false;
  for (size_t d = 0; d < constant.shape.size(); ++d) {
    if (d + missing == axis && constant.shape[d] == y.shape[axis])
      found = true;
    else if (!(constant.shape[d] == Dim(1)))
      return false;
  }
  return found;
}

/// What the node that reads the product does to it.
struct Change {
  BinaryKind kind;
  ir::ValueId constant;
};

std::optional<Change> change_of(const ir::Network& network, const ir::Node& reader, ir::ValueId y, size_t axis) {
  const auto* binary = reader.op.as<ops::Binary>();
  if (!binary || reader.inputs[0] == reader.inputs[1]) return std::nullopt;
  const bool first = reader.inputs[0] == y;
  const ir::ValueId other = reader.inputs[first ? 1 : 0];
  const bool commutes = binary->kind == BinaryKind::add || binary->kind == BinaryKind::mul;
  if (!commutes && !(first && (binary->kind == BinaryKind::sub || binary->kind == BinaryKind::div)))
    return std::nullopt;
  if (!network.is_constant(other) || !lies_along(network.value(other).type, network.value(y).type, axis))
    return std::nullopt;
  return Change{binary->kind, other};
}

/// The inputs of the changed product.
std::vector<ir::ValueId> changed_inputs(ir::Network& network, const Product& product, const Change& change) {
  const ir::Node node = network.node(product.node);
  ir::NetworkExpander to(network, node);
  std::vector<ir::ValueId> inputs = node.inputs;
  const ops::TensorType w = network.value(inputs[1]).type;
  const Dim outputs = w.shape[product.w_axis];
  const ir::ValueId vector = to.reshape(change.constant, {outputs});
  const bool scales = change.kind == BinaryKind::mul || change.kind == BinaryKind::div;
  if (scales) {
    std::vector<Dim> beside(w.shape.size(), Dim(1));
    beside[product.w_axis] = outputs;
    inputs[1] = to.binary(change.kind, inputs[1], to.reshape(vector, beside));
  }
  if (product.has_bias)
    inputs[2] = to.binary(change.kind, inputs[2], vector);
  else if (!scales)
    inputs.push_back(change.kind == BinaryKind::add ? vector : to.with_number(BinaryKind::mul, vector, -1));
  return inputs;
}

bool fold(ir::Network& network, ir::NodeId reader_id, ir::ValueId y) {
  const std::optional<Product> product = product_of(network, y);
  if (!product) return false;
  const ir::Node& reader = network.node(reader_id);
  const std::optional<Change> change = change_of(network, reader, y, product->y_axis);
  if (!change) return false;
  const ir::ValueId result = reader.outputs[0];
  if (!(network.value(result).type == network.value(y).type)) return false;
  ops::Op op = network.node(product->node).op;
  const std::vector<ir::ValueId> inputs = changed_inputs(network, *product, *change);
  if (const auto* linear = op.as<ops::Linear>(); linear && !product->has_bias && inputs.size() == 3) {
    ops::Linear biased = *linear;
    biased.epilogue.records.push_back({.kind = Record::Kind::bias});
    op = biased;
  }
  const ir::NodeId nodes[] = {product->node, reader_id};
  return fuse(network, nodes, result, op, inputs).has_value();
}

}  // namespace

int fold_scale(ir::Network& network, const PassContext& context) {
  int rewrites = 0;
  for (ir::NodeId id : network.nodes()) {
    if (!network.node(id).alive || !network.node(id).op.is<ops::Binary>()) continue;
    const ir::ValueId a = network.node(id).inputs[0], b = network.node(id).inputs[1];
    rewrites += fold(network, id, a) || fold(network, id, b);
  }
  if (rewrites > 0)
    context.report(fmt::format("{} became part of weights", counted(static_cast<size_t>(rewrites), "product or sum")));
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
