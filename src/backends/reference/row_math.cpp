#include "backends/reference/row_math.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "backends/reference/elements.h"

namespace lathe::backends::reference {

namespace {

/// Comparisons that leave NaN as it is.
double clip(double x, double low, double high) {
  const double raised = x < low ? low : x;
  return raised > high ? high : raised;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// log(exp(x) + 1)
double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

}  // namespace

double activate(Activation kind, double a, double b, double x) {
  switch (kind) {
    case Activation::none: return x;
    case Activation::relu: return x < 0 ? 0 : x;
    case Activation::tanh: return std::tanh(x);
    case Activation::gelu: return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2));
    case Activation::gelu_tanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case Activation::sigmoid: return sigmoid(x);
    case Activation::silu: return x * sigmoid(a * x);
    case Activation::softplus: return a * softplus(b * x);
    case Activation::softsign: return x / (1 + std::abs(x));
    case Activation::elu: return x < 0 ? a * std::expm1(x) : x;
    case Activation::selu: return b * (x < 0 ? a * std::expm1(x) : x);
    case Activation::celu: return x < 0 ? a * std::expm1(x / a) : x;
    case Activation::leaky_relu: return x < 0 ? a * x : x;
    case Activation::thresholded_relu: return x <= a ? 0 : x;
    case Activation::clip: return clip(x, a, b);
    case Activation::hard_sigmoid: return clip(a * x + b, 0, 1);
    case Activation::hard_swish: return x * clip(x / 6 + 0.5, 0, 1);
    case Activation::scaled_tanh: return a * std::tanh(b * x);
    case Activation::mish: return x * std::tanh(softplus(x));
  }
  return x;
}

void apply_epilogue(const ops::Epilogue& epilogue, const TensorView* operand, int64_t i, double* row, int64_t n) {
  for (const ops::EpilogueRecord& record : epilogue.records) {
    switch (record.kind) {
      case ops::EpilogueRecord::Kind::bias: add_scaled(1, operand[0], 0, n, row); break;
      case ops::EpilogueRecord::Kind::activation:
        for (int64_t j = 0; j < n; ++j) row[j] = activate(record.activation, record.alpha, record.beta, row[j]);
        break;
      case ops::EpilogueRecord::Kind::residual: add_scaled(1, operand[0], i * n, n, row); break;
      case ops::EpilogueRecord::Kind::layer_norm: normalize_row(row, n, record.epsilon, operand[0], operand[1]); break;
    }
    operand += record.operands();
  }
}

void normalize_row(double* row, int64_t width, double epsilon, const TensorView& gamma, const TensorView& beta) {
  auto n = static_cast<double>(width);
  double mean = 0, variance = 0;
  for (int64_t i = 0; i < width; ++i) mean += row[i];
  mean /= n;
  for (int64_t i = 0; i < width; ++i) variance += (row[i] - mean) * (row[i] - mean);
  double deviation = std::sqrt(variance / n + epsilon);
  for (int64_t i = 0; i < width; ++i) row[i] = (row[i] - mean) / deviation * load(gamma, i) + load(beta, i);
}

void softmax_row(double* row, int64_t width) {
  double highest = -std::numeric_limits<double>::infinity(), sum = 0;
  for (int64_t i = 0; i < width; ++i) highest = std::max(highest, row[i]);
  if (highest == -std::numeric_limits<double>::infinity()) {
    // A NaN is not above -inf either; it is in the sum, and so in every quotient.
    const bool nan = std::any_of(row, row + width, [](double v) { return std::isnan(v); });
    std::fill(row, row + width, nan ? std::numeric_limits<double>::quiet_NaN() : 0);
    return;
  }
  for (int64_t i = 0; i < width; ++i) {
    row[i] = std::exp(row[i] - highest);
    sum += row[i];
  }
  for (int64_t i = 0; i < width; ++i) row[i] /= sum;
}

void log_softmax_row(double* row, int64_t width) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (std::all_of(row, row + width, [](double v) { return v == -kInfinity; })) return;
  double highest = -kInfinity, sum = 0;
  for (int64_t i = 0; i < width; ++i) highest = std::max(highest, row[i]);
  for (int64_t i = 0; i < width; ++i) sum += std::exp(row[i] - highest);
  for (int64_t i = 0; i < width; ++i) row[i] = row[i] - highest - std::log(sum);
}

bool check_cu_seqlens(const TensorView& cu_seqlens, int64_t tokens, Fault* fault) {
  int64_t batch = cu_seqlens.shape.count() - 1, before = 0;
  for (int64_t b = 0; b <= batch; ++b) {
    int64_t now = load_integer(cu_seqlens, b);
    if (now < before || (b == 0 && now != 0)) {
      fault->set(ErrorCode::out_of_range, "cu_seqlens[{}] is {}: they must rise from 0", b, now);
      return false;
    }
    before = now;
  }
  if (before == tokens) return true;
  fault->set(ErrorCode::out_of_range, "cu_seqlens end at {}, the tensor has {} tokens", before, tokens);
  return false;
}

}  // namespace lathe::backends::reference
