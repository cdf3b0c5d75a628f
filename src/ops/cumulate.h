#pragma once
#include "ops/enum_text.h"
#include "ops/op.h"

namespace lathe::ops {

enum class CumulateKind : uint8_t { sum, prod };
LATHE_ENUM_TEXT(CumulateKind, "cumulate kind", "sum", "prod");

/// y_i = the sum (product) of x_0 .. x_i along an axis; `exclusive`: of x_0 .. x_(i-1), which for i = 0 is 0 (1);
/// `reverse`: from the other end. Inputs: x of numbers; integers wrap around, floats are added up in FP64. A second,
/// constant input, i32 or i64, of one element may give the axis.
/// ONNX CumSum, CumProd, https://onnx.ai/onnx/operators/onnx__CumSum.html
struct Cumulate {
  CumulateKind kind{CumulateKind::sum};
  int64_t axis{0};
  bool exclusive{false};
  bool reverse{false};

  template <class V>
  void fields(V& v) {
    v.field("kind", kind);
    v.field("axis", axis);
    v.field("exclusive", exclusive);
    v.field("reverse", reverse);
  }
  LATHE_OP_STRUCT(Cumulate);
};
Types infer(const Cumulate& op, const Types& in);
size_t resolve(Cumulate& op, const Types& in, const Contents& known);
bool row_form(const Cumulate& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
