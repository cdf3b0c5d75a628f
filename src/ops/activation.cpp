#include "ops/activation.h"

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "ops/expander.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"
#include "ops/unary.h"
#include "ops/where.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Act, activation, Traits{})

Types infer(const Act& op, const Types& in) {
  check_count("activation", in, 1, 1);
  check_float("activation", in, 0);
  if (std::isnan(op.alpha) || std::isnan(op.beta)) reject("activation", in, "alpha and beta must be numbers");
  if (op.kind == ActKind::celu && op.alpha == 0) reject("activation", in, "the alpha of celu must not be 0");
  return {in[0]};
}

bool row_form(const Act& op, const RowQuestion& question, RowForm& form) {
  return elementwise_rows(question, op, form);
}

namespace {
using Value = ExpanderValue;

/// 1 - 2 / (exp(2x) + 1): at both ends exp gives 0 or infinity, and the result is -1 or 1.
Value tanh_by_exp(Expander& to, Value x) {
  const Value e = to.add(Unary{UnaryKind::exp}, {to.with_number(BinaryKind::mul, x, 2)});
  const Value part = to.add(Unary{UnaryKind::recip}, {to.with_number(BinaryKind::add, e, 1)});
  return to.with_number(BinaryKind::add, to.with_number(BinaryKind::mul, part, -2), 1);
}

/// Near zero, where the form above loses its digits, the Taylor series (relative error 3e-13 at the border).
Value tanh_of(Expander& to, Value x) {
  constexpr double kBorder = 0.2;
  constexpr double kSeries[] = {21844.0 / 6081075, -1382.0 / 155925, 62.0 / 2835, -17.0 / 315, 2.0 / 15, -1.0 / 3, 1};
  const Value square = to.binary(BinaryKind::mul, x, x);
  Value sum = to.with_number(BinaryKind::mul, square, kSeries[0]);
  for (double coefficient : std::span(kSeries).subspan(1)) {
    sum = to.with_number(BinaryKind::add, sum, coefficient);
    sum = to.binary(BinaryKind::mul, sum, coefficient == 1 ? x : square);
  }
  const Value size = to.add(Unary{UnaryKind::abs}, {x});
  const Value over = to.with_number(BinaryKind::max, to.with_number(BinaryKind::sub, size, kBorder), 0);
  return to.add(Where{}, {to.cast(over, DType::boolean), tanh_by_exp(to, x), sum});
}

/// x/2 (1 + f)
Value half_of(Expander& to, Value x, Value f) {
  return to.binary(BinaryKind::mul, to.with_number(BinaryKind::mul, x, 0.5), to.with_number(BinaryKind::add, f, 1));
}

Value gelu_tanh_of(Expander& to, Value x) {
  const Value cube = to.binary(BinaryKind::mul, to.binary(BinaryKind::mul, x, x), x);
  const Value inner = to.binary(BinaryKind::add, x, to.with_number(BinaryKind::mul, cube, 0.044715));
  return half_of(to, x, tanh_of(to, to.with_number(BinaryKind::mul, inner, std::sqrt(2 / std::numbers::pi))));
}

/// At both ends exp gives 0 or infinity, and the result is 1 or 0.
Value sigmoid_of(Expander& to, Value x) {
  const Value e = to.add(Unary{UnaryKind::exp}, {to.with_number(BinaryKind::mul, x, -1)});
  return to.add(Unary{UnaryKind::recip}, {to.with_number(BinaryKind::add, e, 1)});
}

/// min(max(x, low), high); only finite bounds bound anything.
Value clipped(Expander& to, Value x, double low, double high) {
  if (std::isfinite(low)) x = to.with_number(BinaryKind::max, x, low);
  return std::isfinite(high) ? to.with_number(BinaryKind::min, x, high) : x;
}

Value scaled(Expander& to, Value x, double slope, double offset) {
  if (slope != 1) x = to.with_number(BinaryKind::mul, x, slope);
  return offset == 0 ? x : to.with_number(BinaryKind::add, x, offset);
}

/// Those that need no digits which simpler ops lose: exp(x) - 1 has few near zero.
Value value_of(const Act& op, Expander& to, Value x) {
  switch (op.kind) {
    case ActKind::none: return x;
    case ActKind::relu: return to.with_number(BinaryKind::max, x, 0);
    case ActKind::tanh: return tanh_of(to, x);
    case ActKind::gelu:
      return half_of(to, x, to.add(Unary{UnaryKind::erf}, {to.with_number(BinaryKind::mul, x, std::sqrt(0.5))}));
    case ActKind::gelu_tanh: return gelu_tanh_of(to, x);
    case ActKind::sigmoid: return sigmoid_of(to, x);
    case ActKind::silu:
      return to.binary(BinaryKind::mul, x, to.add(Act{ActKind::sigmoid}, {scaled(to, x, op.alpha, 0)}));
    case ActKind::softsign: {
      const Value size = to.add(Unary{UnaryKind::abs}, {x});
      return to.binary(BinaryKind::div, x, to.with_number(BinaryKind::add, size, 1));
    }
    case ActKind::leaky_relu: {
      const Value below = to.with_number(BinaryKind::min, x, 0);
      return to.binary(BinaryKind::add, to.with_number(BinaryKind::max, x, 0), scaled(to, below, op.alpha, 0));
    }
    case ActKind::clip:
      return std::isinf(op.alpha) && std::isinf(op.beta) ? kNoExpansion : clipped(to, x, op.alpha, op.beta);
    case ActKind::hard_sigmoid: return clipped(to, scaled(to, x, op.alpha, op.beta), 0, 1);
    case ActKind::hard_swish: return to.binary(BinaryKind::mul, x, clipped(to, scaled(to, x, 1.0 / 6, 0.5), 0, 1));
    case ActKind::scaled_tanh: return scaled(to, to.add(Act{ActKind::tanh}, {scaled(to, x, op.beta, 0)}), op.alpha, 0);
    default: return kNoExpansion;
  }
}

}  // namespace

ExpanderValue expand(const Act& op, Expander& to, std::span<const ExpanderValue> in) {
  const DType stored = to.type(in[0]).dtype, working = to.working_type(in);
  if (stored != working) return to.cast(to.add(op, {to.cast(in[0], working)}), stored);
  return value_of(op, to, in[0]);
}

}  // namespace lathe::ops
