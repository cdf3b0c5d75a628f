#include "ops/activation.h"

#include <algorithm>
#include <cmath>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/row_math.h"

namespace lathe::backends::reference {
namespace {
using ops::ActKind;

/// Comparisons that leave NaN as it is.
double clip(double x, double low, double high) {
  const double raised = x < low ? low : x;
  return raised > high ? high : raised;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// log(exp(x) + 1)
double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

double value_of(const ops::Act& op, double x) {
  const double a = op.alpha, b = op.beta;
  switch (op.kind) {
    case ActKind::sigmoid: return sigmoid(x);
    case ActKind::silu: return x * sigmoid(a * x);
    case ActKind::softplus: return a * softplus(b * x);
    case ActKind::softsign: return x / (1 + std::abs(x));
    case ActKind::elu: return x < 0 ? a * std::expm1(x) : x;
    case ActKind::selu: return b * (x < 0 ? a * std::expm1(x) : x);
    case ActKind::celu: return x < 0 ? a * std::expm1(x / a) : x;
    case ActKind::leaky_relu: return x < 0 ? a * x : x;
    case ActKind::thresholded_relu: return x <= a ? 0 : x;
    case ActKind::clip: return clip(x, a, b);
    case ActKind::hard_sigmoid: return clip(a * x + b, 0, 1);
    case ActKind::hard_swish: return x * clip(x / 6 + 0.5, 0, 1);
    case ActKind::scaled_tanh: return a * std::tanh(b * x);
    case ActKind::mish: return x * std::tanh(softplus(x));
    case ActKind::none:
    case ActKind::relu:
    case ActKind::tanh:
    case ActKind::gelu:
    case ActKind::gelu_tanh: break;
  }
  return activate(static_cast<Activation>(op.kind), x);
}

void run(const ops::Act& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  double values[kChunk];
  int64_t count = y.shape.count();
  for (int64_t at = 0; at < count; at += kChunk) {
    int64_t n = std::min(kChunk, count - at);
    load_run(x, at, n, values);
    for (int64_t i = 0; i < n; ++i) values[i] = value_of(op, values[i]);
    store_run(y, at, n, values);
  }
}

}  // namespace
LATHE_REFERENCE(Act, activation, .run = run)
}  // namespace lathe::backends::reference
