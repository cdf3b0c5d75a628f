// Normalizations, spelt in means and differences: passes find the fused op whoever spelt it.
#include <algorithm>
#include <numeric>

#include "base/dtype.h"
#include "frontends/onnx/registry.h"
#include "ir/compose/normalize.h"
#include "ops/lrn.h"
#include "ops/where.h"

namespace lathe::onnx {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;
using ops::UnaryKind;

std::vector<int64_t> axes_from(int64_t first, int64_t rank) {
  std::vector<int64_t> axes(static_cast<size_t>(std::max<int64_t>(rank - first, 0)));
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

/// x / sqrt(mean(x^2) + epsilon)
ValueId rms_normalized(NodeReader& n, ValueId x, const std::vector<int64_t>& axes, double epsilon,
                       ValueId* inverse = nullptr) {
  const ValueId square = n.reduce(ReduceKind::mean, n.binary(BinaryKind::mul, x, x), axes);
  const ValueId root = n.unary(UnaryKind::sqrt, n.by_number(BinaryKind::add, square, epsilon));
  if (inverse) *inverse = n.unary(UnaryKind::recip, root);
  return n.binary(BinaryKind::div, x, root);
}

/// The float type that a normalization works in: f32, where the input is narrower.
DType working(NodeReader& n, ValueId x) { return n.dtype(x) == DType::f64 ? DType::f64 : DType::f32; }

void layer_normalization(NodeReader& n) {
  n.ignore({"stash_type"});
  const ValueId x = n.in(0);
  const DType type = n.dtype(x), wide = working(n, x);
  const int64_t axis = n.axis(n.integer("axis", -1), n.rank(x));
  const ir::Normalized r =
      ir::normalized(n, n.cast(x, wide), axes_from(axis, n.rank(x)), n.number("epsilon", single(1e-5)));
  n.give(0, ir::affine(n, n.cast(r.y, type), n.in_or_none(1), n.in_or_none(2)));
  n.give(1, r.mean);
  n.give(2, r.inverse);
}

void rms_normalization(NodeReader& n) {
  n.ignore({"stash_type"});
  const ValueId x = n.in(0);
  const DType type = n.dtype(x), wide = working(n, x);
  const int64_t axis = n.axis(n.integer("axis", -1), n.rank(x));
  ValueId inverse = ir::kNone;
  const ValueId y =
      rms_normalized(n, n.cast(x, wide), axes_from(axis, n.rank(x)), n.number("epsilon", single(1e-5)), &inverse);
  n.give(0, ir::affine(n, n.cast(y, type), n.in_or_none(1), ir::kNone));
  n.give(1, inverse);
}

/// Inference: by the running mean and variance, which are constants as a rule: one product and one sum.
void batch_normalization(NodeReader& n) {
  n.ignore({"spatial", "is_test", "momentum"});
  const ValueId x = n.in(0);
  const int64_t rank = n.rank(x);
  const DType type = n.dtype(x);
  if (n.integer("training_mode", 0) != 0) {
    // Of this very batch.
    std::vector<int64_t> axes = axes_from(2, rank);
    axes.insert(axes.begin(), 0);
    const ValueId mean = n.reduce(ReduceKind::mean, x, axes);
    const ValueId difference = n.binary(BinaryKind::sub, x, mean);
    const ValueId variance = n.reduce(ReduceKind::mean, n.binary(BinaryKind::mul, difference, difference), axes);
    const ValueId deviation =
        n.unary(UnaryKind::sqrt, n.by_number(BinaryKind::add, variance, n.number("epsilon", single(1e-5))));
    n.give(0, ir::affine(n, n.binary(BinaryKind::div, difference, deviation), ir::per_channel(n, n.in(1), rank),
                         ir::per_channel(n, n.in(2), rank)));
    const double momentum = n.number("momentum", single(0.9));
    const auto running = [&](size_t input, ValueId now) {
      const ValueId old = n.in(input);
      const ValueId flat = n.cast(n.reshape(now, {count_of(n.shape(now))}), n.dtype(old));
      return n.binary(BinaryKind::add, n.by_number(BinaryKind::mul, old, momentum),
                      n.by_number(BinaryKind::mul, flat, 1 - momentum));
    };
    n.give(1, running(3, mean));
    n.give(2, running(4, variance));
    return;
  }
  const DType of_statistics = n.dtype(n.in(4));
  const ValueId deviation =
      n.unary(UnaryKind::sqrt, n.by_number(BinaryKind::add, n.in(4), n.number("epsilon", single(1e-5))));
  const ValueId factor = n.binary(BinaryKind::div, n.cast(n.in(1), of_statistics), deviation);
  const ValueId shift =
      n.binary(BinaryKind::sub, n.cast(n.in(2), of_statistics), n.binary(BinaryKind::mul, n.in(3), factor));
  // Before opset 9, with spatial = 0, there is one number for each element of a batch's.
  const auto placed = [&](ValueId v) { return n.rank(v) > 1 ? v : ir::per_channel(n, v, rank); };
  ValueId y = ir::affine(n, n.cast(x, of_statistics), placed(factor), placed(shift));
  n.give(n.cast(y, type));
}

void instance_normalization(NodeReader& n) {
  const ValueId x = n.in(0);
  const int64_t rank = n.rank(x);
  const ir::Normalized r = ir::normalized(n, x, axes_from(2, rank), n.number("epsilon", single(1e-5)));
  n.give(ir::affine(n, r.y, ir::per_channel(n, n.in(1), rank), ir::per_channel(n, n.in(2), rank)));
}

/// Groups of channels, each normalized over all of it. Opset 18 scales groups, later ones channels.
void group_normalization(NodeReader& n) {
  n.ignore({"stash_type"});
  const ValueId x = n.in(0);
  const DType type = n.dtype(x), wide = n.opset() >= 21 && n.integer("stash_type", 1) == 1 ? working(n, x) : type;
  const std::vector<Dim> shape = n.shape(x);
  if (shape.size() < 2) n.corrupt("it takes [n, c, ..]");
  const Dim groups(n.integer("num_groups"));
  const ValueId apart =
      n.reshape(n.cast(x, wide), {shape[0], groups, Dim::floordiv(count_of(shape), shape[0] * groups)});
  ValueId y = ir::normalized(n, apart, {2}, n.number("epsilon", single(1e-5))).y;
  if (n.opset() < 21) {
    const auto per_group = [&](size_t i) { return n.unsqueeze(n.cast(n.in(i), wide), {1}); };
    return n.give(n.cast(n.reshape(ir::affine(n, y, per_group(1), per_group(2)), shape), type));
  }
  y = n.cast(n.reshape(y, shape), type);
  n.give(ir::affine(n, y, ir::per_channel(n, n.in(1), n.rank(x)), ir::per_channel(n, n.in(2), n.rank(x))));
}

void lp_normalization(NodeReader& n) {
  const ValueId x = n.in(0);
  const int64_t axis = n.axis(n.integer("axis", -1), n.rank(x)), p = n.integer("p", 2);
  if (p != 1 && p != 2) n.corrupt("its p is neither 1 nor 2");
  ValueId norm = p == 1 ? n.reduce(ReduceKind::sum, n.unary(UnaryKind::abs, x), {axis})
                        : n.unary(UnaryKind::sqrt, n.reduce(ReduceKind::sum, n.binary(BinaryKind::mul, x, x), {axis}));
  // A row of zeros stays one.
  const ValueId zero = n.scalar(0, n.dtype(x));
  const ValueId is_zero = n.unary(UnaryKind::not_, n.cast(norm, DType::boolean));
  n.give(n.add(ops::Where{}, {is_zero, zero, n.binary(BinaryKind::div, x, norm)}));
}

void mean_variance_normalization(NodeReader& n) {
  const ValueId x = n.in(0);
  const std::vector<int64_t> axes = n.axes(n.integers("axes", {0, 2, 3}), n.rank(x));
  const ValueId mean = n.reduce(ReduceKind::mean, x, axes);
  const ValueId mean_of_squares = n.reduce(ReduceKind::mean, n.binary(BinaryKind::mul, x, x), axes);
  const ValueId variance = n.binary(BinaryKind::sub, mean_of_squares, n.binary(BinaryKind::mul, mean, mean));
  const ValueId deviation = n.by_number(BinaryKind::add, n.unary(UnaryKind::sqrt, variance), 1e-9);
  n.give(n.binary(BinaryKind::div, n.binary(BinaryKind::sub, x, mean), deviation));
}

void lrn(NodeReader& n) {
  ops::Lrn op;
  op.size = n.integer("size");
  op.alpha = n.number("alpha", single(1e-4));
  op.beta = n.number("beta", 0.75);
  op.bias = n.number("bias", 1);
  n.give(n.add(op, {n.in(0)}));
}

// com.microsoft

/// input + skip + bias, then layer normalization (or, simplified, by the root of the mean square).
void skip_normalization(NodeReader& n, bool simplified) {
  ValueId sum = n.binary(BinaryKind::add, n.in(0), n.in(1));
  const size_t bias = simplified ? 3 : 4;
  if (n.has(bias)) sum = n.binary(BinaryKind::add, sum, n.in(bias));
  const std::vector<int64_t> axes = {n.rank(sum) - 1};
  const double epsilon = n.number("epsilon", single(1e-12));
  const ValueId y = simplified ? rms_normalized(n, sum, axes, epsilon) : ir::normalized(n, sum, axes, epsilon).y;
  n.give(0, ir::affine(n, y, n.in(2), simplified ? ir::kNone : n.in_or_none(3)));
  n.give(3, sum);
}
void skip_layer_normalization(NodeReader& n) { skip_normalization(n, false); }
void skip_simplified_layer_normalization(NodeReader& n) { skip_normalization(n, true); }

constexpr Entry kEntries[] = {
    {"BatchNormalization", batch_normalization},
    {"GroupNormalization", group_normalization},
    {"InstanceNormalization", instance_normalization},
    {"LRN", lrn},
    {"LayerNormalization", layer_normalization},
    {"LpNormalization", lp_normalization},
    {"MeanVarianceNormalization", mean_variance_normalization},
    {"RMSNormalization", rms_normalization},
    {"SimplifiedLayerNormalization", rms_normalization},
    {"SimplifiedLayerNormalization", rms_normalization, kMicrosoft},
    {"SkipLayerNormalization", skip_layer_normalization, kMicrosoft},
    {"SkipSimplifiedLayerNormalization", skip_simplified_layer_normalization, kMicrosoft},
};

}  // namespace

std::span<const Entry> normalization_entries() { return kEntries; }

}  // namespace lathe::onnx
