#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y = x in another element type. Narrowing of floats rounds once, to nearest even. Float to integer truncates; what is
/// beyond the type becomes its lowest or highest number, NaN 0. Integers to narrower ones keep their lower bits. To
/// bool: x != 0, NaN is true. To 8-bit floats, what is beyond the largest number (after rounding) becomes that with its
/// sign, infinity too; without `saturate` it becomes infinity, which f8e4m3 writes as NaN. ONNX Cast,
/// https://onnx.ai/onnx/operators/onnx__Cast.html; TensorRT ICastLayer
struct Cast {
  DType to{DType::f32};
  bool saturate{true};

  template <class V>
  void fields(V& v) {
    v.field("to", to);
    v.field("saturate", saturate);
  }
  LATHE_OP_STRUCT(Cast);
};
Types infer(const Cast& op, const Types& in);
Elements elements(const Cast& op, const Types& in, const Contents& known);
bool row_form(const Cast& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
