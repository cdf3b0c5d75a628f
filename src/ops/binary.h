#pragma once
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe::ops {

enum class BinaryKind : uint8_t {
  add,
  sub,
  mul,
  div,
  pow,
  min,
  max,
  mod,
  fmod,
  floor_div,
  and_,
  or_,
  xor_,
  shift_left,
  shift_right
};
LATHE_ENUM_TEXT(BinaryKind, "binary kind", "add", "sub", "mul", "div", "pow", "min", "max", "mod", "fmod", "floor_div",
                "and", "or", "xor", "shift_left", "shift_right");

/// y = a (kind) b, element by element, with numpy broadcasting. Both inputs have one type.
///
///   mod        a - b floor(a / b): what has the sign of b (numpy.mod); numbers
///   fmod       a - b trunc(a / b): what has the sign of a (C fmod); numbers
///   floor_div  floor(a / b); numbers
///   and or xor bool: logical; integers: bit by bit
///   shift_*    integers, by b taken as unsigned: b of the type's width and beyond shifts out all bits. To the right,
///              signed numbers are filled up with their sign, unsigned ones with zeros.
///
/// Floats: min and max give NaN where either is NaN. Integers wrap around; div truncates; by zero div, floor_div, mod
/// and fmod give 0; pow of a negative exponent truncates. Arithmetic on bool is that of 0 and 1, and a bool again.
/// ONNX Add, Mod, BitShift, BitwiseAnd, ..; TensorRT IElementWiseLayer
struct Binary {
  BinaryKind kind{BinaryKind::add};

  template <class V>
  void fields(V& v) {
    v.field("kind", kind);
  }
  LATHE_OP_STRUCT(Binary);
};
Types infer(const Binary& op, const Types& in, Equalities& needed);
Elements elements(const Binary& op, const Types& in, const Contents& known);
bool row_form(const Binary& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
