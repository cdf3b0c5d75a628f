//   conv(x, w [, b]) * s   ->   conv(x, w * s [, b * s])     s constant, one number an output, before the channels last
//   conv(x, w [, b]) + t   ->   conv(x, w, b + t)            t likewise; y - t as well
//   the same of linear(x, w [, bias]); by x / s too, of floats: integers truncate
//
// So does normalisation by the statistics of batches, which importers spell as a product and a sum, become part of the
// weights. The weights are computed at once, in their own type, and nothing is done where it cannot hold them: a number
// that is not finite, or all of them lost below its least normal one.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/dtype.h"
#include "io/tensor.h"
#include "ir/fold.h"
#include "ops/conv.h"
#include "ops/linear.h"
#include "ops/reshape.h"
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

std::optional<Product> product_of(const ir::Network& network, ir::ValueId y) {
  const ir::NodeId id = network.value(y).producer;
  if (id == ir::kNone || !network.used_once(y)) return std::nullopt;
  const ir::Node& node = network.node(id);
  if (!node.op.is<ops::Conv>() && !node.op.is<ops::Linear>()) return std::nullopt;
  for (size_t i = 1; i < node.inputs.size(); ++i)
    if (!network.is_constant(node.inputs[i])) return std::nullopt;
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
  const bool divides = binary->kind == BinaryKind::div && is_float(network.value(y).type.dtype);
  if (!commutes && !(first && (binary->kind == BinaryKind::sub || divides))) return std::nullopt;
  if (!network.is_constant(other) || !lies_along(network.value(other).type, network.value(y).type, axis))
    return std::nullopt;
  return Change{binary->kind, other};
}

/// The largest magnitude of a constant's elements; infinity where one is not finite.
double largest(const ir::Value& constant) {
  Shape shape;
  for (const Dim& d : constant.type.shape) shape.push_back(d.constant());
  HostTensor tensor{constant.name, constant.type.dtype, shape, constant.constant->data};
  if (tensor.dtype != DType::f64 && tensor.dtype != DType::f32) tensor = converted(tensor, DType::f32);
  const auto of = [](auto elements) {
    double most = 0;
    for (double x : elements) most = std::isfinite(x) ? std::max(most, std::fabs(x)) : HUGE_VAL;
    return most;
  };
  return tensor.dtype == DType::f64 ? of(tensor.as<double>()) : of(tensor.as<float>());
}

double least_normal(DType type) {
  if (type == DType::f64) return std::numeric_limits<double>::min();
  return type == DType::f16 ? 0x1p-14 : static_cast<double>(std::numeric_limits<float>::min());
}

/// Computes the inputs of a changed product.
class Changed {
 public:
  Changed(ir::Network& network, const ir::Evaluator& evaluator, const Product& product, const Change& change)
      : network_(network), evaluator_(evaluator), product_(product), change_(change) {}

  /// Nothing where their types cannot hold them.
  std::optional<std::vector<ir::ValueId>> run() {
    std::vector<ir::ValueId> inputs = network_.node(product_.node).inputs;
    const std::vector<Dim> w = network_.value(inputs[1]).type.shape;
    const Dim outputs = w[product_.w_axis];
    const ir::ValueId vector = computed(ops::Reshape{{outputs}}, {change_.constant});
    const bool scales = change_.kind == BinaryKind::mul || change_.kind == BinaryKind::div;
    if (scales) {
      std::vector<Dim> beside(w.size(), Dim(1));
      beside[product_.w_axis] = outputs;
      inputs[1] = changed(inputs[1], computed(ops::Reshape{beside}, {vector}));
    }
    if (product_.has_bias)
      inputs[2] = changed(inputs[2], vector);
    else if (!scales)
      inputs.push_back(change_.kind == BinaryKind::add ? vector : computed(ops::Unary{ops::UnaryKind::neg}, {vector}));
    return failed_ ? std::nullopt : std::optional(inputs);
  }

 private:
  /// kNone from the first failure on.
  ir::ValueId computed(const ops::Op& op, const std::vector<ir::ValueId>& of) {
    auto made = failed_ ? std::nullopt : ir::folded(network_, op, of, evaluator_);
    failed_ = !made;
    if (failed_) return ir::kNone;
    const std::string name = network_.node(product_.node).name + ".folded";
    return network_.add_constant(name, std::move(made->first), std::move(made->second));
  }

  ir::ValueId changed(ir::ValueId constant, ir::ValueId by) {
    failed_ |= by == ir::kNone || network_.value(constant).type.dtype != network_.value(by).type.dtype;
    const ir::ValueId made = computed(ops::Binary{change_.kind}, {constant, by});
    if (!failed_ && is_float(network_.value(made).type.dtype) && !holds(made, constant, by)) {
      Blob& data = network_.value(made).constant->data;
      data = {nullptr, nullptr, data.size};
      failed_ = true;
    }
    return made;
  }

  bool holds(ir::ValueId made, ir::ValueId constant, ir::ValueId by) const {
    const double most = largest(network_.value(made));
    if (!std::isfinite(most)) return false;
    if (change_.kind == BinaryKind::add || change_.kind == BinaryKind::sub) return true;
    const bool is_zero = largest(network_.value(constant)) == 0 || largest(network_.value(by)) == 0;
    return is_zero || most >= least_normal(network_.value(made).type.dtype);
  }

  ir::Network& network_;
  const ir::Evaluator& evaluator_;
  const Product& product_;
  const Change& change_;
  bool failed_ = false;
};

bool fold(ir::Network& network, ir::NodeId reader_id, ir::ValueId y, const ir::Evaluator& evaluator) {
  const std::optional<Product> product = product_of(network, y);
  if (!product) return false;
  const ir::Node& reader = network.node(reader_id);
  const std::optional<Change> change = change_of(network, reader, y, product->y_axis);
  if (!change) return false;
  const ir::ValueId result = reader.outputs[0];
  if (!(network.value(result).type == network.value(y).type)) return false;
  const auto inputs = Changed(network, evaluator, *product, *change).run();
  if (!inputs) return false;
  ops::Op op = network.node(product->node).op;
  if (const auto* linear = op.as<ops::Linear>(); linear && !product->has_bias && inputs->size() == 3) {
    ops::Linear biased = *linear;
    biased.epilogue.records.push_back({.kind = Record::Kind::bias});
    op = biased;
  }
  for (ir::ValueId v : network.node(product->node).inputs)
    if (network.is_constant(v) && network.used_once(v) && std::find(inputs->begin(), inputs->end(), v) == inputs->end())
      network.value(v).constant->data.forget();
  const ir::NodeId nodes[] = {product->node, reader_id};
  return fuse(network, nodes, result, op, *inputs).has_value();
}

}  // namespace

int fold_scale(ir::Network& network, const PassContext& context) {
  if (!context.evaluator) return 0;
  int rewrites = 0;
  for (ir::NodeId id : network.nodes()) {
    if (!network.node(id).alive || !network.node(id).op.is<ops::Binary>()) continue;
    const ir::ValueId a = network.node(id).inputs[0], b = network.node(id).inputs[1];
    rewrites += fold(network, id, a, *context.evaluator) || fold(network, id, b, *context.evaluator);
  }
  if (rewrites > 0)
    context.report(fmt::format("{} became part of weights", counted(static_cast<size_t>(rewrites), "product or sum")));
  return tidy(network, rewrites);
}

}  // namespace lathe::passes
