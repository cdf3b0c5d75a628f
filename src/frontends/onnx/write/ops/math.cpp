// Arithmetic, comparisons and types of single elements.
#include "base/dtype.h"
#include "frontends/onnx/write/spelling.h"
#include "ops/binary.h"
#include "ops/bitcast.h"
#include "ops/cast.h"
#include "ops/compare.h"
#include "ops/unary.h"

namespace lathe::onnx {
namespace {

using ops::BinaryKind;

std::string_view unary_name(ops::UnaryKind kind) {
  constexpr std::string_view kNames[] = {"Exp",   "Log",   "Sqrt",  "",      "Reciprocal", "Neg",   "Abs",  "Erf",
                                         "Sin",   "Cos",   "Tan",   "Asin",  "Acos",       "Atan",  "Sinh", "Cosh",
                                         "Asinh", "Acosh", "Atanh", "Floor", "Ceil",       "Round", "Sign", "IsNaN",
                                         "IsInf", ""};
  return kNames[static_cast<size_t>(kind)];
}

Values unary(NodeWriter& n) {
  const ops::UnaryKind kind = n.op<ops::Unary>().kind;
  if (kind == ops::UnaryKind::rsqrt) return {n.emit("Reciprocal", {n.emit("Sqrt", {n.in(0)})})};
  if (kind == ops::UnaryKind::not_) return n.same(n.type().dtype == DType::boolean ? "Not" : "BitwiseNot");
  return n.same(unary_name(kind));
}

/// On bool, whose numbers are 0 and 1.
Values flags(NodeWriter& n, BinaryKind kind) {
  switch (kind) {
    case BinaryKind::add:
    case BinaryKind::max:
    case BinaryKind::or_: return n.same("Or");
    case BinaryKind::mul:
    case BinaryKind::min:
    case BinaryKind::div:
    case BinaryKind::and_: return n.same("And");
    case BinaryKind::sub:
    case BinaryKind::xor_: return n.same("Xor");
    case BinaryKind::pow: return {n.emit("Or", {n.in(0), n.emit("Not", {n.in(1)})})};
    default: n.refuse("ONNX has no such arithmetic on bool", "cast to int32 around it");
  }
}

/// What has the sign of a, or b more where that is another than b's.
Values float_mod(NodeWriter& n) {
  const std::string rest = n.emit("Mod", n.all_inputs(), {attribute("fmod", int64_t{1})});
  const std::string signs = n.emit("Mul", {n.emit("Sign", {rest}), n.emit("Sign", {n.in(1)})});
  const std::string differ = n.emit("Less", {signs, n.number(0, n.type().dtype)});
  return {n.emit("Where", {differ, n.emit("Add", {rest, n.in(1)}), rest})};
}

Values floor_div(NodeWriter& n) {
  if (is_float(n.type().dtype)) return {n.emit("Floor", n.same("Div"))};
  const std::string rest = n.emit("Mod", {n.in(0), n.in(1)});
  return {n.emit("Div", {n.emit("Sub", {n.in(0), rest}), n.in(1)})};
}

Values shift(NodeWriter& n, std::string_view direction) {
  const DType type = n.type().dtype;
  const bool is_signed = type == DType::i8 || type == DType::i16 || type == DType::i32 || type == DType::i64;
  if (is_signed) n.body().document().need_opset(28);
  return n.same("BitShift", {attribute("direction", direction)});
}

Values binary(NodeWriter& n) {
  const BinaryKind kind = n.op<ops::Binary>().kind;
  if (n.type().dtype == DType::boolean) return flags(n, kind);
  switch (kind) {
    case BinaryKind::add: return n.same("Add");
    case BinaryKind::sub: return n.same("Sub");
    case BinaryKind::mul: return n.same("Mul");
    case BinaryKind::div: return n.same("Div");
    case BinaryKind::pow: return n.same("Pow");
    case BinaryKind::min: return n.same("Min");
    case BinaryKind::max: return n.same("Max");
    case BinaryKind::mod: return is_float(n.type().dtype) ? float_mod(n) : n.same("Mod");
    case BinaryKind::fmod: return n.same("Mod", {attribute("fmod", int64_t{1})});
    case BinaryKind::floor_div: return floor_div(n);
    case BinaryKind::and_: return n.same("BitwiseAnd");
    case BinaryKind::or_: return n.same("BitwiseOr");
    case BinaryKind::xor_: return n.same("BitwiseXor");
    case BinaryKind::shift_left: return shift(n, "LEFT");
    case BinaryKind::shift_right: return shift(n, "RIGHT");
  }
  return {};
}

Values compare(NodeWriter& n) {
  switch (n.op<ops::Compare>().kind) {
    case ops::CompareKind::equal: return n.same("Equal");
    case ops::CompareKind::not_equal: return {n.emit("Not", n.same("Equal"))};
    case ops::CompareKind::less: return n.same("Less");
    case ops::CompareKind::less_equal: return n.same("LessOrEqual");
    case ops::CompareKind::greater: return n.same("Greater");
    case ops::CompareKind::greater_equal: return n.same("GreaterOrEqual");
  }
  return {};
}

Values cast(NodeWriter& n) {
  const auto& op = n.op<ops::Cast>();
  const bool is_float8 = op.to == DType::f8e4m3 || op.to == DType::f8e5m2;
  if (op.saturate || !is_float8) return {n.cast(n.in(0), n.type().dtype, op.to)};
  return {n.emit("Cast", {n.in(0)}, {attribute("to", number_of(op.to)), attribute("saturate", int64_t{0})})};
}

Values bitcast(NodeWriter& n) {
  n.body().document().need_opset(26);
  return n.same("BitCast", {attribute("to", number_of(n.op<ops::Bitcast>().to))});
}

Values where(NodeWriter& n) { return n.same("Where"); }

constexpr Spelling kSpellings[] = {
    {"binary", binary, "ONNX has no such arithmetic on bool"},
    {"bitcast", bitcast},
    {"cast", cast},
    {"compare", compare},
    {"unary", unary},
    {"where", where},
};

}  // namespace

std::span<const Spelling> math_spellings() { return kSpellings; }

}  // namespace lathe::onnx
