#pragma once
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe::ops {

enum class BinaryKind : uint8_t { add, sub, mul, div, pow, min, max };
LATHE_ENUM_TEXT(BinaryKind, "binary kind", "add", "sub", "mul", "div", "pow", "min", "max");

/// y = a (kind) b, element by element, with numpy broadcasting. Both inputs have one type.
/// Floats: min and max give NaN where either is NaN. Integers wrap around; div truncates, by zero it gives 0; pow of a
/// negative exponent truncates.
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
