#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y = condition ? a : b, element by element, the three broadcast together as numpy does. Inputs: condition bool, a and
/// b of one type. ONNX Where, https://onnx.ai/onnx/operators/onnx__Where.html
struct Where {
  template <class V>
  void fields(V&) {}
  LATHE_OP_STRUCT(Where);
};
Types infer(const Where& op, const Types& in, Equalities& needed);
Elements elements(const Where& op, const Types& in, const Contents& known);

}  // namespace lathe::ops
