#include "ops/dequantize.h"

#include "base/dtype.h"
#include "base/error.h"
#include "ops/quantize.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Dequantize, dequantize, Traits{})

Types infer(const Dequantize& op, const Types& in, Equalities& needed) {
  check_count("dequantize", in, 2, 3);
  check_scales("dequantize", in, op.axis, op.block_size, in[0].dtype, needed);
  switch (in[0].dtype) {
    case DType::i8:
    case DType::u8:
    case DType::i16:
    case DType::u16:
    case DType::i32:
    case DType::f8e4m3:
    case DType::f8e5m2: break;
    default: reject("dequantize", in, "x must be i8, u8, i16, u16, i32 or an 8-bit float");
  }
  if (!is_float(op.to)) reject("dequantize", in, "makes floating point");
  return {{op.to, in[0].shape}};
}

bool row_form(const Dequantize& op, const RowQuestion& question, RowForm& form) {
  Dequantize on_rows = op;
  if (!scales_on_rows(question, on_rows.axis)) return false;
  return content_rows(
      question, on_rows, [](size_t i) { return i == 0; }, form);
}

}  // namespace lathe::ops
