#pragma once
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe::ops {

enum class UnaryKind : uint8_t {
  exp,
  log,
  sqrt,
  rsqrt,
  recip,
  neg,
  abs,
  erf,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  floor,
  ceil,
  round,
  sign,
  is_nan,
  is_inf,
  not_
};
LATHE_ENUM_TEXT(UnaryKind, "unary kind", "exp", "log", "sqrt", "rsqrt", "recip", "neg", "abs", "erf", "sin", "cos",
                "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "floor", "ceil", "round",
                "sign", "is_nan", "is_inf", "not");

/// y = kind(x), element by element, as IEEE 754 has it: exp overflows to infinity, NaN gives NaN. Results below the
/// smallest normal number may be zero. x is a float, but for
///
///   neg abs sign   integers too, which wrap around (the abs of the lowest is itself); sign is -1, 0 or 1
///   is_nan is_inf  give bool
///   not            bool: logical; integers: every bit turned
///
/// round goes to the nearest whole number, ties to the even one. ONNX Abs, Sin, Round, BitwiseNot, ..; TensorRT
/// IUnaryLayer
struct Unary {
  UnaryKind kind{UnaryKind::exp};

  template <class V>
  void fields(V& v) {
    v.field("kind", kind);
  }
  LATHE_OP_STRUCT(Unary);
};
Types infer(const Unary& op, const Types& in);
Elements elements(const Unary& op, const Types& in, const Contents& known);
bool row_form(const Unary& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
