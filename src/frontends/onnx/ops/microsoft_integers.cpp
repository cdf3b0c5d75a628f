// com.microsoft: ops on integers that stand for real numbers, spelt in plain ops.
// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
#include <algorithm>
#include <numeric>

#include "frontends/onnx/ops/integers.h"
#include "frontends/onnx/ops/microsoft.h"
#include "frontends/onnx/registry.h"
#include "ir/compose/product.h"
#include "ops/activation.h"
#include "ops/gather.h"
#include "ops/softmax.h"

namespace lathe::onnx {
namespace {

using ops::ActKind;
using ops::BinaryKind;
using ops::ReduceKind;

template <BinaryKind kind>
void qlinear_binary(NodeReader& n) {
  n.give(quantized(n, n.binary(kind, real(n, 0), real(n, 3)), 6, n.dtype(n.in(0))));
}

/// x, its scale and zero point, then those of y, which is f of x.
template <class F>
void qlinear_unary(NodeReader& n, F&& f) {
  n.give(quantized(n, f(real(n, 0)), 3, n.dtype(n.in(0))));
}

void qlinear_sigmoid(NodeReader& n) {
  qlinear_unary(n, [&](ValueId x) { return n.add(ops::Act{ActKind::sigmoid}, {x}); });
}

void qlinear_leaky_relu(NodeReader& n) {
  const double alpha = n.number("alpha", single(0.01));
  qlinear_unary(n, [&](ValueId x) { return n.add(ops::Act{ActKind::leaky_relu, alpha}, {x}); });
}

/// The attribute opset says which Softmax of ONNX it is: before 13 all dimensions from the axis on are one.
void qlinear_softmax(NodeReader& n) {
  const bool flat = n.integer("opset") < 13;
  qlinear_unary(n, [&](ValueId x) {
    const int64_t axis = n.axis(n.integer("axis", flat ? 1 : -1), n.rank(x));
    if (!flat || axis == n.rank(x) - 1) return n.add(ops::Softmax{axis}, {x});
    const std::vector<Dim> shape = n.shape(x);
    const auto middle = shape.begin() + axis;
    const ValueId rows = n.reshape(x, {count_of({shape.begin(), middle}), count_of({middle, shape.end()})});
    return n.reshape(n.add(ops::Softmax{1}, {rows}), shape);
  });
}

void qlinear_global_average_pool(NodeReader& n) {
  const int64_t rank = n.rank(n.in(0)), first = n.integer("channels_last", 0) != 0 ? 1 : 2;
  if (rank < 3) n.corrupt("it takes [n, c, ..]");
  std::vector<int64_t> axes(static_cast<size_t>(rank) - 2);
  std::iota(axes.begin(), axes.end(), first);
  qlinear_unary(n, [&](ValueId x) { return n.reduce(ReduceKind::mean, x, axes); });
}

void qlinear_reduce_mean(NodeReader& n) {
  const int64_t rank = n.rank(n.in(0));
  std::vector<int64_t> axes = n.axes(n.integers("axes"), rank);
  if (axes.empty()) {
    axes.resize(static_cast<size_t>(rank));
    std::iota(axes.begin(), axes.end(), int64_t{0});
  }
  qlinear_unary(n, [&](ValueId x) { return n.reduce(ReduceKind::mean, x, axes, n.integer("keepdims", 1) != 0); });
}

/// The scale and zero point of y, then three inputs a part.
void qlinear_concat(NodeReader& n) {
  std::vector<ValueId> parts;
  for (size_t i = 2; i < n.inputs(); i += 3) parts.push_back(real(n, i));
  if (parts.empty()) n.corrupt("it has no inputs");
  const ValueId y = n.concat(parts, n.axis(n.integer("axis"), n.rank(parts[0])));
  n.give(quantized(n, y, 0, n.dtype(n.in(2))));
}

/// f32 of a product of integers, with a bias; scales and zero points of b may be one for each column.
ValueId with_bias(NodeReader& n, ValueId y, size_t bias) {
  return n.has(bias) ? n.binary(BinaryKind::add, y, n.in(bias)) : y;
}

void matmul_integer_to_float(NodeReader& n) {
  const ValueId sum = ir::product(n, centred(n, n.in(0), n.in_or_none(4)), centred(n, n.in(1), n.in_or_none(5)));
  n.give(with_bias(n, rescaled(n, sum, n.in(2), n.in(3)), 6));
}

void dynamic_quantize_matmul(NodeReader& n) {
  const DynamicallyQuantized a = dynamically_quantized(n, n.in(0));
  const ValueId sum = ir::product(n, centred(n, a.y, a.zero_point), centred(n, n.in(1), n.in_or_none(3)));
  n.give(with_bias(n, rescaled(n, sum, a.scale, n.in(2)), 4));
}

/// alpha a b + c, where c are whole numbers of the product's scale; f32 unless y has a scale.
void qgemm(NodeReader& n) {
  const ops::MatMul op{n.integer("transA", 0) != 0, n.integer("transB", 0) != 0};
  const auto column = [&](ValueId v) {
    const bool several = v != ir::kNone && op.transpose_b && n.rank(v) == 1 && !(n.dim(v, 0) == Dim(1));
    return several ? n.unsqueeze(v, {1}) : v;
  };
  ValueId sum = n.add(op, {centred(n, n.in(0), n.in_or_none(2)), centred(n, n.in(3), column(n.in_or_none(5)))});
  ValueId scale = n.in(4);
  const double alpha = n.number("alpha", 1);
  if (alpha != 1) scale = n.by_number(BinaryKind::mul, scale, alpha);
  if (n.has(6)) sum = n.binary(BinaryKind::add, sum, n.cast(n.in(6), DType::i32));
  const ValueId y = rescaled(n, sum, n.in(1), scale);
  n.give(n.has(7) ? quantized(n, y, 7, n.dtype(n.in(0))) : y);
}

void qattention(NodeReader& n) {
  const ValueId sum = ir::product(n, centred(n, n.in(0), n.in_or_none(6)), centred(n, n.in(1), n.in_or_none(7)));
  const ValueId all = with_bias(n, rescaled(n, sum, n.in(3), n.in(4)), 2);
  attention_of_product(n, all, n.in_or_none(5), n.in_or_none(8), ir::kNone);
}

/// Tables at 2, 3 and 4, scale and bias at 5 and 6; their scales are six inputs further on, their zero points eleven.
void qembed_layer_normalization(NodeReader& n) {
  const auto value = [&](size_t i, ValueId integers) {
    return n.binary(BinaryKind::mul, n.cast(centred(n, integers, n.in_or_none(i + 11)), DType::f32), n.in(i + 6));
  };
  const auto rows = [&](size_t i, ValueId ids) {
    return value(i, n.add(ops::Gather{.axis = 0, .from_end = true}, {n.in(i), ids}));
  };
  embeddings_normalized(n, ir::kNone, rows, value(5, n.in(5)), value(6, n.in(6)));
}

constexpr Entry kEntries[] = {
    {"DynamicQuantizeMatMul", dynamic_quantize_matmul, kMicrosoft},
    {"MatMulIntegerToFloat", matmul_integer_to_float, kMicrosoft},
    {"QAttention", qattention, kMicrosoft, "no do_rotary, no past and present in one buffer"},
    {"QEmbedLayerNormalization", qembed_layer_normalization, kMicrosoft},
    {"QGemm", qgemm, kMicrosoft},
    {"QLinearAdd", qlinear_binary<BinaryKind::add>, kMicrosoft},
    {"QLinearConcat", qlinear_concat, kMicrosoft},
    {"QLinearGlobalAveragePool", qlinear_global_average_pool, kMicrosoft},
    {"QLinearLeakyRelu", qlinear_leaky_relu, kMicrosoft},
    {"QLinearMul", qlinear_binary<BinaryKind::mul>, kMicrosoft},
    {"QLinearReduceMean", qlinear_reduce_mean, kMicrosoft},
    {"QLinearSigmoid", qlinear_sigmoid, kMicrosoft},
    {"QLinearSoftmax", qlinear_softmax, kMicrosoft},
};

}  // namespace

std::span<const Entry> microsoft_integers_entries() { return kEntries; }

}  // namespace lathe::onnx
