// Activation functions and softmax.
#include <algorithm>

#include "base/dtype.h"
#include "frontends/onnx/registry.h"
#include "ops/activation.h"
#include "ops/arg.h"
#include "ops/compare.h"
#include "ops/softmax.h"
#include "ops/where.h"

namespace lathe::onnx {
namespace {

using ops::ActKind;
using ops::BinaryKind;
using ops::CompareKind;

template <ActKind kind>
void plain(NodeReader& n) {
  n.give(n.add(ops::Act{kind}, {n.in(0)}));
}

void relu(NodeReader& n) {
  const ValueId x = n.in(0);
  if (is_float(n.dtype(x))) return plain<ActKind::relu>(n);
  n.give(n.by_number(BinaryKind::max, x, 0));
}

template <ActKind kind>
void with_alpha(NodeReader& n, double absent) {
  n.give(n.add(ops::Act{kind, n.number("alpha", single(absent))}, {n.in(0)}));
}
void elu(NodeReader& n) { with_alpha<ActKind::elu>(n, 1); }
void celu(NodeReader& n) { with_alpha<ActKind::celu>(n, 1); }
void leaky_relu(NodeReader& n) { with_alpha<ActKind::leaky_relu>(n, 0.01); }
/// NaN is not above the threshold.
void thresholded_relu(NodeReader& n) {
  const ValueId x = n.in(0);
  const ValueId above = n.add(ops::Compare{CompareKind::greater}, {x, n.scalar(n.number("alpha", 1), n.dtype(x))});
  n.give(n.add(ops::Where{}, {above, x, n.scalar(0, n.dtype(x))}));
}
void swish(NodeReader& n) { with_alpha<ActKind::silu>(n, 1); }

void selu(NodeReader& n) {
  const double alpha = n.number("alpha", single(1.67326319217681884765625));
  n.give(n.add(ops::Act{ActKind::selu, alpha, n.number("gamma", single(1.05070102214813232421875))}, {n.in(0)}));
}

void hard_sigmoid(NodeReader& n) {
  const double alpha = n.number("alpha", single(0.2));
  n.give(n.add(ops::Act{ActKind::hard_sigmoid, alpha, n.number("beta", 0.5)}, {n.in(0)}));
}

void gelu(NodeReader& n) {
  const std::string approximate = n.text("approximate", "none");
  if (approximate != "none" && approximate != "tanh") n.corrupt("its attribute approximate is neither none nor tanh");
  n.give(n.add(ops::Act{approximate == "tanh" ? ActKind::gelu_tanh : ActKind::gelu}, {n.in(0)}));
}

/// x + bias for x > lambd, x - bias .. : ONNX says x < -lambd: x + bias; x > lambd: x - bias; else 0.
void shrink(NodeReader& n) {
  const ValueId x = n.in(0);
  const DType type = n.dtype(x);
  const double bias = n.number("bias", 0), lambda = n.number("lambd", 0.5);
  const ValueId zero = n.scalar(0, type);
  const ValueId below = n.add(ops::Compare{CompareKind::less}, {x, n.scalar(-lambda, type)}),
                above = n.add(ops::Compare{CompareKind::greater}, {x, n.scalar(lambda, type)});
  const ValueId lowered = n.add(ops::Where{}, {above, n.by_number(BinaryKind::sub, x, bias), zero});
  n.give(n.add(ops::Where{}, {below, n.by_number(BinaryKind::add, x, bias), lowered}));
}

void prelu(NodeReader& n) {
  const ValueId x = n.in(0);
  ValueId slope = n.in(1);
  // Before opset 7 a slope for each channel.
  if (n.opset() < 7 && n.rank(slope) == 1 && n.rank(x) > 2) {
    std::vector<Dim> shape = {n.dim(slope, 0)};
    shape.resize(static_cast<size_t>(n.rank(x)) - 1, Dim(1));
    slope = n.reshape(slope, shape);
  }
  const ValueId below = n.add(ops::Compare{CompareKind::less}, {x, n.scalar(0, n.dtype(x))});
  n.give(n.add(ops::Where{}, {below, n.binary(BinaryKind::mul, x, slope), x}));
}

/// Before opset 13 all dimensions from the axis on are one.
template <class Make>
void along_axis(NodeReader& n, Make&& make) {
  const ValueId x = n.in(0);
  const int64_t rank = n.rank(x);
  const int64_t axis = n.axis(n.integer("axis", n.opset() < 13 ? 1 : -1), std::max<int64_t>(rank, 1));
  if (n.opset() >= 13 || axis == rank - 1) return n.give(make(x, axis));
  const std::vector<Dim> shape = n.shape(x);
  const auto middle = shape.begin() + axis;
  const ValueId flat = n.reshape(x, {count_of({shape.begin(), middle}), count_of({middle, shape.end()})});
  n.give(n.reshape(make(flat, 1), shape));
}

void softmax(NodeReader& n) {
  along_axis(n, [&](ValueId x, int64_t axis) { return n.add(ops::Softmax{axis}, {x}); });
}

void log_softmax(NodeReader& n) {
  along_axis(n, [&](ValueId x, int64_t axis) { return n.add(ops::Softmax{.axis = axis, .log = true}, {x}); });
}

/// 1 at the first maximum along the axis, 0 elsewhere.
void hardmax(NodeReader& n) {
  along_axis(n, [&](ValueId x, int64_t axis) {
    const ValueId best = n.add(ops::Arg{ops::ArgKind::max, axis, true}, {x});
    const Dim size = n.dim(x, axis);
    std::vector<Dim> along(static_cast<size_t>(n.rank(x)), Dim(1));
    along[static_cast<size_t>(axis)] = size;
    const ValueId places = n.reshape(n.range(size), along);
    return n.cast(n.add(ops::Compare{CompareKind::equal}, {places, best}), n.dtype(x));
  });
}

// com.microsoft

template <ActKind kind>
void biased(NodeReader& n) {
  ValueId x = n.in(0);
  if (n.has(1)) x = n.binary(BinaryKind::add, x, n.in(1));
  n.give(n.add(ops::Act{kind}, {x}));
}

void quick_gelu(NodeReader& n) { with_alpha<ActKind::silu>(n, 1.702); }

constexpr Entry kEntries[] = {
    {"Celu", celu},
    {"Elu", elu},
    {"Gelu", gelu},
    {"HardSigmoid", hard_sigmoid},
    {"HardSwish", plain<ActKind::hard_swish>},
    {"Hardmax", hardmax},
    {"LeakyRelu", leaky_relu},
    {"LogSoftmax", log_softmax},
    {"Mish", plain<ActKind::mish>},
    {"PRelu", prelu},
    {"Relu", relu},
    {"Selu", selu},
    {"Shrink", shrink},
    {"Sigmoid", plain<ActKind::sigmoid>},
    {"Softmax", softmax},
    {"Softplus", plain<ActKind::softplus>},
    {"Softsign", plain<ActKind::softsign>},
    {"Swish", swish},
    {"Tanh", plain<ActKind::tanh>},
    {"ThresholdedRelu", thresholded_relu},
    {"BiasGelu", biased<ActKind::gelu>, kMicrosoft},
    {"FastGelu", biased<ActKind::gelu_tanh>, kMicrosoft},
    {"Gelu", plain<ActKind::gelu>, kMicrosoft},
    {"QuickGelu", quick_gelu, kMicrosoft},
};

}  // namespace

std::span<const Entry> activations_entries() { return kEntries; }

}  // namespace lathe::onnx
