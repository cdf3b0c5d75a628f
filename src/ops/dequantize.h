#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y = (x - zero) scale, of the floating-point type `to`. x is i8, u8, i16, u16, i32, f8e4m3 or f8e5m2; scales and zero
/// points, of x's type, as ops/quantize.h has them.
/// ONNX DequantizeLinear, https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html; TensorRT IDequantizeLayer
struct Dequantize {
  DType to{DType::f32};
  int64_t axis{1};
  int64_t block_size{0};

  template <class V>
  void fields(V& v) {
    v.field("to", to);
    v.field("axis", axis);
    v.field("block_size", block_size);
  }
  LATHE_OP_STRUCT(Dequantize);
};
Types infer(const Dequantize& op, const Types& in, Equalities& needed);
bool row_form(const Dequantize& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
