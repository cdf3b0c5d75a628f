// Element by element: unary, binary and comparing ops.
#include <algorithm>

#include "base/dtype.h"
#include "frontends/onnx/registry.h"
#include "ir/pattern.h"
#include "ops/activation.h"
#include "ops/compare.h"
#include "ops/cumulate.h"
#include "ops/determinant.h"
#include "ops/where.h"

namespace lathe::onnx {
namespace {

using ops::BinaryKind;
using ops::CompareKind;
using ops::UnaryKind;

template <UnaryKind kind>
void unary(NodeReader& n) {
  n.give(n.unary(kind, n.in(0)));
}

/// Opsets below 7 broadcast on request, b's dimensions from an axis on.
ValueId second_operand(NodeReader& n) {
  const ValueId a = n.in(0), b = n.in(1);
  if (n.opset() >= 7 || n.integer("broadcast", 0) == 0 || !n.has("axis")) return b;
  const int64_t axis = n.axis(n.integer("axis", 0), n.rank(a));
  std::vector<Dim> shape = n.shape(b);
  while (axis + static_cast<int64_t>(shape.size()) < n.rank(a)) shape.emplace_back(1);
  return n.reshape(b, shape);
}

template <BinaryKind kind>
void binary(NodeReader& n) {
  const ValueId b = second_operand(n);
  n.give(n.binary(kind, n.in(0), b));
}

template <CompareKind kind>
void compare(NodeReader& n) {
  const ValueId b = second_operand(n);
  n.give(n.add(ops::Compare{kind}, {n.in(0), b}));
}

/// The result has the type of the base.
void pow(NodeReader& n) {
  const ValueId a = n.in(0), b = second_operand(n);
  const DType type = n.dtype(a);
  if (type == n.dtype(b)) return n.give(n.binary(BinaryKind::pow, a, b));
  if (is_float(type)) return n.give(n.binary(BinaryKind::pow, a, n.cast(b, type)));
  const bool whole = !is_float(n.dtype(b));
  const DType wide = whole ? DType::i64 : DType::f64;
  n.give(n.cast(n.binary(BinaryKind::pow, n.cast(a, wide), n.cast(b, wide)), type));
}

void mod(NodeReader& n) {
  const bool sign_of_dividend = n.integer("fmod", 0) != 0;
  n.give(n.binary(sign_of_dividend ? BinaryKind::fmod : BinaryKind::mod, n.in(0), n.in(1)));
}

void bit_shift(NodeReader& n) {
  const std::string direction = n.text("direction", "");
  if (direction != "LEFT" && direction != "RIGHT") n.corrupt("its direction is neither LEFT nor RIGHT");
  n.give(n.binary(direction == "LEFT" ? BinaryKind::shift_left : BinaryKind::shift_right, n.in(0), n.in(1)));
}

/// Any number of operands.
template <BinaryKind kind>
ValueId folded(NodeReader& n) {
  ValueId result = n.in(0);
  for (size_t i = 1; i < n.inputs(); ++i) result = n.binary(kind, result, n.in(i));
  return result;
}

template <BinaryKind kind>
void variadic(NodeReader& n) {
  n.give(folded<kind>(n));
}

void mean(NodeReader& n) {
  const ValueId sum = folded<BinaryKind::add>(n);
  n.give(n.by_number(BinaryKind::div, sum, static_cast<double>(n.inputs())));
}

void is_inf(NodeReader& n) {
  const ValueId x = n.in(0);
  const bool positive = n.integer("detect_positive", 1) != 0, negative = n.integer("detect_negative", 1) != 0;
  ValueId result = n.unary(UnaryKind::is_inf, x);
  if (positive != negative) {
    const ValueId sign =
        n.add(ops::Compare{positive ? CompareKind::greater : CompareKind::less}, {x, n.scalar(0, n.dtype(x))});
    result = n.binary(BinaryKind::and_, result, sign);
  }
  if (!positive && !negative) result = n.binary(BinaryKind::and_, result, n.scalar(0, DType::boolean));
  n.give(result);
}

void where(NodeReader& n) { n.give(n.add(ops::Where{}, {n.in(0), n.in(1), n.in(2)})); }

/// A bound, where there is one: an attribute before opset 11, then an input.
ValueId bound(NodeReader& n, std::string_view attribute, size_t input) {
  if (n.has(input)) return n.in(input);
  if (!n.has(attribute)) return ir::kNone;
  return n.scalar(n.number(attribute, 0), n.dtype(n.in(0)));
}

void clip(NodeReader& n) {
  ValueId x = n.in(0);
  const ValueId low = bound(n, "min", 1), high = bound(n, "max", 2);
  const auto number = [&](ValueId v) { return v == ir::kNone ? std::nullopt : ir::number_of(n.network(), v); };
  if (const auto a = number(low), b = number(high); is_float(n.dtype(x)) && a && b && *a <= *b)
    return n.give(n.add(ops::Act{ops::ActKind::clip, *a, *b}, {x}));
  if (low != ir::kNone) x = n.binary(BinaryKind::max, x, low);
  if (high != ir::kNone) x = n.binary(BinaryKind::min, x, high);
  n.give(x);
}

template <ops::CumulateKind kind>
void cumulate(NodeReader& n) {
  const ValueId x = n.in(0);
  const std::vector<int64_t> axis = n.known_integers(n.in(1), "axis");
  if (axis.size() != 1) n.corrupt("its axis is no single number");
  n.give(n.add(
      ops::Cumulate{kind, n.axis(axis[0], n.rank(x)), n.integer("exclusive", 0) != 0, n.integer("reverse", 0) != 0},
      {x}));
}

void determinant(NodeReader& n) { n.give(n.add(ops::Determinant{}, {n.in(0)})); }

constexpr Entry kEntries[] = {
    {"Abs", unary<UnaryKind::abs>},
    {"Acos", unary<UnaryKind::acos>},
    {"Acosh", unary<UnaryKind::acosh>},
    {"Add", binary<BinaryKind::add>},
    {"And", binary<BinaryKind::and_>},
    {"Asin", unary<UnaryKind::asin>},
    {"Asinh", unary<UnaryKind::asinh>},
    {"Atan", unary<UnaryKind::atan>},
    {"Atanh", unary<UnaryKind::atanh>},
    {"BitShift", bit_shift},
    {"BitwiseAnd", binary<BinaryKind::and_>},
    {"BitwiseNot", unary<UnaryKind::not_>},
    {"BitwiseOr", binary<BinaryKind::or_>},
    {"BitwiseXor", binary<BinaryKind::xor_>},
    {"Ceil", unary<UnaryKind::ceil>},
    {"Clip", clip},
    {"Cos", unary<UnaryKind::cos>},
    {"Cosh", unary<UnaryKind::cosh>},
    {"CumProd", cumulate<ops::CumulateKind::prod>},
    {"CumSum", cumulate<ops::CumulateKind::sum>},
    {"Det", determinant},
    {"Div", binary<BinaryKind::div>},
    {"Equal", compare<CompareKind::equal>},
    {"Erf", unary<UnaryKind::erf>},
    {"Exp", unary<UnaryKind::exp>},
    {"Floor", unary<UnaryKind::floor>},
    {"Greater", compare<CompareKind::greater>},
    {"GreaterOrEqual", compare<CompareKind::greater_equal>},
    {"IsInf", is_inf},
    {"IsNaN", unary<UnaryKind::is_nan>},
    {"Less", compare<CompareKind::less>},
    {"LessOrEqual", compare<CompareKind::less_equal>},
    {"Log", unary<UnaryKind::log>},
    {"Max", variadic<BinaryKind::max>},
    {"Mean", mean},
    {"Min", variadic<BinaryKind::min>},
    {"Mod", mod},
    {"Mul", binary<BinaryKind::mul>},
    {"Neg", unary<UnaryKind::neg>},
    {"Not", unary<UnaryKind::not_>},
    {"Or", binary<BinaryKind::or_>},
    {"Pow", pow},
    {"Reciprocal", unary<UnaryKind::recip>},
    {"Round", unary<UnaryKind::round>},
    {"Sign", unary<UnaryKind::sign>},
    {"Sin", unary<UnaryKind::sin>},
    {"Sinh", unary<UnaryKind::sinh>},
    {"Sqrt", unary<UnaryKind::sqrt>},
    {"Sub", binary<BinaryKind::sub>},
    {"Sum", variadic<BinaryKind::add>},
    {"Tan", unary<UnaryKind::tan>},
    {"Where", where},
    {"Xor", binary<BinaryKind::xor_>},
};

}  // namespace

std::span<const Entry> math_entries() { return kEntries; }

}  // namespace lathe::onnx
