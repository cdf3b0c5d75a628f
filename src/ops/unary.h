#pragma once
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe::ops {

enum class UnaryKind : uint8_t { exp, log, sqrt, rsqrt, recip, neg, abs, erf };
LATHE_ENUM_TEXT(UnaryKind, "unary kind", "exp", "log", "sqrt", "rsqrt", "recip", "neg", "abs", "erf");

/// y = kind(x), element by element, as IEEE 754 has it: exp overflows to infinity, NaN gives NaN. Results below the
/// smallest normal number may be zero.
struct Unary {
  UnaryKind kind{UnaryKind::exp};

  template <class V>
  void fields(V& v) {
    v.field("kind", kind);
  }
  LATHE_OP_STRUCT(Unary);
};
Types infer(const Unary& op, const Types& in);
bool row_form(const Unary& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
