#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y = saturate(round(x / scale) + zero), halves to even, the quotient in F32. x is floating point or i32; y is `to`:
/// i8, u8, i16, u16, or f8e4m3, f8e5m2, which are rounded to as they are and have no zero point but 0. NaN becomes 0
/// where `to` has none.
///
/// Scales are floating point, zero points, a third input, of the type `to` and the shape of the scales:
///   [] or [1]           one for all
///   [n]                 one for each index along `axis`, of size n
///   as x, block_size>0  one for every `block_size` indices along `axis`: ceil(size / block_size) there
/// ONNX QuantizeLinear, https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html; TensorRT IQuantizeLayer
struct Quantize {
  DType to{DType::u8};
  int64_t axis{1};
  int64_t block_size{0};
  bool saturate{true};  ///< false: 8-bit floats have NaN (f8e4m3) or infinity beyond their largest number

  template <class V>
  void fields(V& v) {
    v.field("to", to);
    v.field("axis", axis);
    v.field("block_size", block_size);
    v.field("saturate", saturate);
  }
  LATHE_OP_STRUCT(Quantize);
};
Types infer(const Quantize& op, const Types& in, Equalities& needed);
bool row_form(const Quantize& op, const RowQuestion& question, RowForm& form);

/// Rejects scales, and zero points of another type than `zero`, that do not fit x.
void check_scales(std::string_view op, const Types& in, int64_t axis, int64_t block_size, DType zero,
                  Equalities& needed);
/// `axis` on other rows of x, where one row knows its scales; false elsewhere.
bool scales_on_rows(const RowQuestion& question, int64_t& axis);

}  // namespace lathe::ops
