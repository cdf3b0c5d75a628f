#pragma once
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe::ops {

enum class CompareKind : uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };
LATHE_ENUM_TEXT(CompareKind, "comparison", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal");

/// y = a (kind) b, element by element, with numpy broadcasting: bool. Both inputs have one type; bool is only equal or
/// not. NaN is not equal to anything, itself included, and neither less nor greater (IEEE 754).
/// ONNX Equal, Less, ..; TensorRT IElementWiseLayer kEQUAL, kLESS, kGREATER
struct Compare {
  CompareKind kind{CompareKind::equal};

  template <class V>
  void fields(V& v) {
    v.field("kind", kind);
  }
  LATHE_OP_STRUCT(Compare);
};
Types infer(const Compare& op, const Types& in, Equalities& needed);
Elements elements(const Compare& op, const Types& in, const Contents& known);
bool row_form(const Compare& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
