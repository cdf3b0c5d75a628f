#include <algorithm>

#include "api/adder.h"
#include "base/dtype.h"
#include "lathe/layers/elementwise.h"
#include "ops/cast.h"
#include "ops/compare.h"
#include "ops/where.h"

namespace lathe {
namespace {

using api::Adder;
using ir::ValueId;
using ops::BinaryKind;
using ops::CompareKind;
using ops::UnaryKind;

/// Both operands as values, a number in the other's type.
std::pair<ValueId, ValueId> values_of(Adder& n, const Operand& a, const Operand& b) {
  const auto value = [&](const Operand& own, const Operand& other) {
    if (own.tensor()) return n.in(own.tensor());
    return n.scalar(own.number(), other.tensor().dtype());
  };
  return {value(a, b), value(b, a)};
}

template <class Op>
Tensor two(std::string_view label, Op op, const Operand& a, const Operand& b) {
  Adder n(label, {a.tensor(), b.tensor()});
  const auto [x, y] = values_of(n, a, b);
  return n.out(n.add(op, {x, y}));
}

Tensor binary(BinaryKind kind, const Operand& a, const Operand& b) {
  return two(ops::to_string(kind), ops::Binary{kind}, a, b);
}
Tensor compare(CompareKind kind, const Operand& a, const Operand& b) {
  return two(ops::to_string(kind), ops::Compare{kind}, a, b);
}
Tensor unary(UnaryKind kind, const Tensor& x) {
  Adder n(ops::to_string(kind), {x});
  return n.out(n.unary(kind, n.in(x)));
}

}  // namespace

Tensor operator+(const Operand& a, const Operand& b) { return binary(BinaryKind::add, a, b); }
Tensor operator-(const Operand& a, const Operand& b) { return binary(BinaryKind::sub, a, b); }
Tensor operator*(const Operand& a, const Operand& b) { return binary(BinaryKind::mul, a, b); }
Tensor operator/(const Operand& a, const Operand& b) { return binary(BinaryKind::div, a, b); }
Tensor minimum(const Operand& a, const Operand& b) { return binary(BinaryKind::min, a, b); }
Tensor maximum(const Operand& a, const Operand& b) { return binary(BinaryKind::max, a, b); }
Tensor pow(const Operand& a, const Operand& b) { return binary(BinaryKind::pow, a, b); }
Tensor floor_div(const Operand& a, const Operand& b) { return binary(BinaryKind::floor_div, a, b); }
Tensor mod(const Operand& a, const Operand& b) { return binary(BinaryKind::mod, a, b); }
Tensor fmod(const Operand& a, const Operand& b) { return binary(BinaryKind::fmod, a, b); }
Tensor logical_and(const Tensor& a, const Tensor& b) { return binary(BinaryKind::and_, a, b); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return binary(BinaryKind::or_, a, b); }
Tensor logical_xor(const Tensor& a, const Tensor& b) { return binary(BinaryKind::xor_, a, b); }

Tensor equal(const Operand& a, const Operand& b) { return compare(CompareKind::equal, a, b); }
Tensor not_equal(const Operand& a, const Operand& b) { return compare(CompareKind::not_equal, a, b); }
Tensor less(const Operand& a, const Operand& b) { return compare(CompareKind::less, a, b); }
Tensor less_equal(const Operand& a, const Operand& b) { return compare(CompareKind::less_equal, a, b); }
Tensor greater(const Operand& a, const Operand& b) { return compare(CompareKind::greater, a, b); }
Tensor greater_equal(const Operand& a, const Operand& b) { return compare(CompareKind::greater_equal, a, b); }

Tensor operator-(const Tensor& x) { return unary(UnaryKind::neg, x); }
Tensor exp(const Tensor& x) { return unary(UnaryKind::exp, x); }
Tensor log(const Tensor& x) { return unary(UnaryKind::log, x); }
Tensor sqrt(const Tensor& x) { return unary(UnaryKind::sqrt, x); }
Tensor rsqrt(const Tensor& x) { return unary(UnaryKind::rsqrt, x); }
Tensor recip(const Tensor& x) { return unary(UnaryKind::recip, x); }
Tensor abs(const Tensor& x) { return unary(UnaryKind::abs, x); }
Tensor erf(const Tensor& x) { return unary(UnaryKind::erf, x); }
Tensor sin(const Tensor& x) { return unary(UnaryKind::sin, x); }
Tensor cos(const Tensor& x) { return unary(UnaryKind::cos, x); }
Tensor tan(const Tensor& x) { return unary(UnaryKind::tan, x); }
Tensor asin(const Tensor& x) { return unary(UnaryKind::asin, x); }
Tensor acos(const Tensor& x) { return unary(UnaryKind::acos, x); }
Tensor atan(const Tensor& x) { return unary(UnaryKind::atan, x); }
Tensor sinh(const Tensor& x) { return unary(UnaryKind::sinh, x); }
Tensor cosh(const Tensor& x) { return unary(UnaryKind::cosh, x); }
Tensor asinh(const Tensor& x) { return unary(UnaryKind::asinh, x); }
Tensor acosh(const Tensor& x) { return unary(UnaryKind::acosh, x); }
Tensor atanh(const Tensor& x) { return unary(UnaryKind::atanh, x); }
Tensor floor(const Tensor& x) { return unary(UnaryKind::floor, x); }
Tensor ceil(const Tensor& x) { return unary(UnaryKind::ceil, x); }
Tensor round(const Tensor& x) { return unary(UnaryKind::round, x); }
Tensor sign(const Tensor& x) { return unary(UnaryKind::sign, x); }
Tensor is_nan(const Tensor& x) { return unary(UnaryKind::is_nan, x); }
Tensor is_inf(const Tensor& x) { return unary(UnaryKind::is_inf, x); }
Tensor logical_not(const Tensor& x) { return unary(UnaryKind::not_, x); }

Tensor select(const Tensor& condition, const Operand& a, const Operand& b) {
  Adder n("select", {condition, a.tensor(), b.tensor()});
  if (!a.tensor() && !b.tensor()) n.invalid("both cases are numbers", "give one of them as a tensor");
  const auto [x, y] = values_of(n, a, b);
  return n.out(n.add(ops::Where{}, {n.in(condition), x, y}));
}

Tensor cast(const Tensor& x, DType type) {
  Adder n("cast", {x});
  return n.out(n.add(ops::Cast{type}, {n.in(x)}));
}

Tensor identity(const Tensor& x) {
  Adder n("identity", {x});
  return n.out(n.add(ops::Cast{x.dtype()}, {n.in(x)}));
}

namespace {

/// A parameter of scale() in a shape that broadcasts to x.
ValueId parameter(Adder& n, const Tensor& p, ValueId x, const ScaleOptions& options, int64_t axis) {
  const ValueId value = n.in(p);
  const auto rank = n.rank(x);
  switch (options.mode) {
    case ScaleMode::uniform:
      if (!(count_of(n.shape(value)) == Dim(1))) n.corrupt("a uniform parameter is no single number: " + p.str());
      return n.reshape(value, {});
    case ScaleMode::channel: {
      std::vector<Dim> beside(static_cast<size_t>(rank - axis), Dim(1));
      beside[0] = n.shape(x)[static_cast<size_t>(axis)];
      if (!(count_of(n.shape(value)) == beside[0]))
        n.corrupt("a parameter of channels is " + p.str() + " beside " + n.out(x).str());
      return n.reshape(value, beside);
    }
    case ScaleMode::element: return n.reshape(value, {n.shape(x).begin() + axis, n.shape(x).end()});
  }
  return value;
}

}  // namespace

Tensor scale(const Tensor& x, const Tensor& shift, const Tensor& factor, const Tensor& power,
             const ScaleOptions& options) {
  Adder n("scale", {x, shift, factor, power});
  const ValueId in = n.in(x);
  const int64_t axis = options.mode == ScaleMode::uniform ? 0 : n.axis_of(options.channel_axis, n.rank(in));
  ValueId y = in;
  const auto apply = [&](BinaryKind kind, const Tensor& p) {
    if (p) y = n.binary(kind, y, parameter(n, p, in, options, axis));
  };
  apply(BinaryKind::mul, factor);
  apply(BinaryKind::add, shift);
  apply(BinaryKind::pow, power);
  return n.out(y == in ? n.add(ops::Cast{n.dtype(in)}, {in}) : y);
}

}  // namespace lathe
