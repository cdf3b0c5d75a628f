#include "ops/quantize.h"

#include "base/dtype.h"
#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Quantize, quantize, Traits{})

namespace {

bool one_for_all(const TensorType& scale) {
  return scale.rank() == 0 || (scale.rank() == 1 && scale.shape[0] == Dim(1));
}

}  // namespace

void check_scales(std::string_view op, const Types& in, int64_t axis, int64_t block_size, DType zero,
                  Equalities& needed) {
  check_count(op, in, 2, 3);
  check_float(op, in, 1);
  const TensorType &x = in[0], &scale = in[1];
  if (in.size() > 2) {
    if (in[2].dtype != zero) reject(op, in, fmt::format("the zero point must be {}", to_string(zero)));
    if (in[2].rank() != scale.rank()) reject(op, in, "scales and zero points must have one shape");
    for (int d = 0; d < scale.rank(); ++d)
      need_equal(op, in, in[2].shape[d], scale.shape[d], "scales and zero points must have one shape", needed);
  }
  if (block_size < 0) reject(op, in, "block_size must not be negative");
  if (one_for_all(scale)) return;
  const int at = normalize_axis(op, in, axis, x.rank());
  if (block_size == 0) {
    if (scale.rank() != 1) reject(op, in, "scales must be one or a vector");
    need_equal(op, in, scale.shape[0], x.shape[at], "scales need one value an index along the axis", needed);
    return;
  }
  if (scale.rank() != x.rank()) reject(op, in, "scales of blocks need as many dimensions as x");
  for (int d = 0; d < x.rank(); ++d)
    need_equal(op, in, scale.shape[d], d == at ? Dim::ceildiv(x.shape[d], Dim(block_size)) : x.shape[d],
               "scales need one value a block", needed);
}

Types infer(const Quantize& op, const Types& in, Equalities& needed) {
  check_scales("quantize", in, op.axis, op.block_size, op.to, needed);
  if (!is_float(in[0].dtype) && in[0].dtype != DType::i32) reject("quantize", in, "x must be floating point or i32");
  switch (op.to) {
    case DType::i8:
    case DType::u8:
    case DType::i16:
    case DType::u16:
    case DType::f8e4m3:
    case DType::f8e5m2: return {{op.to, in[0].shape}};
    default: reject("quantize", in, fmt::format("does not make {}", to_string(op.to)));
  }
}

bool scales_on_rows(const RowQuestion& question, int64_t& axis) {
  const TensorType& scale = question.inputs[1];
  if (one_for_all(scale)) return true;
  return scale.rank() == 1 && (axis = question.inner_axis(axis, question.inputs[0].rank())) != 0;
}

bool row_form(const Quantize& op, const RowQuestion& question, RowForm& form) {
  Quantize on_rows = op;
  if (!scales_on_rows(question, on_rows.axis)) return false;
  return content_rows(
      question, on_rows, [](size_t i) { return i == 0; }, form);
}

}  // namespace lathe::ops
