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

Types infer(const Act& /*op*/, const Types& in) {
  check_count("activation", in, 1, 1);
  check_float("activation", in, 0);
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

Value value_of(Activation kind, Expander& to, Value x) {
  switch (kind) {
    case Activation::none: return x;
    case Activation::relu: return to.with_number(BinaryKind::max, x, 0);
    case Activation::tanh: return tanh_of(to, x);
    case Activation::gelu: {
      const Value erf = to.add(Unary{UnaryKind::erf}, {to.with_number(BinaryKind::mul, x, std::sqrt(0.5))});
      return to.binary(BinaryKind::mul, to.with_number(BinaryKind::mul, x, 0.5),
                       to.with_number(BinaryKind::add, erf, 1));
    }
    case Activation::gelu_tanh: {
      const Value cube = to.binary(BinaryKind::mul, to.binary(BinaryKind::mul, x, x), x);
      const Value inner = to.binary(BinaryKind::add, x, to.with_number(BinaryKind::mul, cube, 0.044715));
      const Value tanh = tanh_of(to, to.with_number(BinaryKind::mul, inner, std::sqrt(2 / std::numbers::pi)));
      return to.binary(BinaryKind::mul, to.with_number(BinaryKind::mul, x, 0.5),
                       to.with_number(BinaryKind::add, tanh, 1));
    }
  }
  return kNoExpansion;
}

}  // namespace

ExpanderValue expand(const Act& op, Expander& to, std::span<const ExpanderValue> in) {
  const DType stored = to.type(in[0]).dtype, working = to.working_type(in);
  if (stored != working) return to.cast(to.add(op, {to.cast(in[0], working)}), stored);
  return value_of(op.kind, to, in[0]);
}

}  // namespace lathe::ops
