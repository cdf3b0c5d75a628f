#include "ops/conv.h"

#include "base/dtype.h"
#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Conv, conv, Traits{})

void check_conv_operands(std::string_view op, const Types& in, const Window& window, int64_t groups, bool crops) {
  check_count(op, in, 2, 3);
  check_window(op, in, window, spatial_of(op, in), crops);
  for (const TensorType& type : in)
    if (type.dtype != in[0].dtype) reject(op, in, "x, w and the bias must have one type");
  if (!is_float(in[0].dtype) && in[0].dtype != DType::i32 && in[0].dtype != DType::i64)
    reject(op, in, "takes floating point, i32 and i64");
  if (in[1].rank() != in[0].rank()) reject(op, in, "x and w must have as many dimensions");
  if (in.size() == 3 && in[2].rank() != 1) reject(op, in, "the bias must be a vector");
  if (groups < 1) reject(op, in, "groups must be at least 1");
}

Types infer(const Conv& op, const Types& in, Equalities& needed) {
  check_conv_operands("conv", in, op.window, op.groups, false);
  const std::vector<Dim>&x = in[0].shape, &w = in[1].shape;
  const Dim groups(op.groups);
  need_equal("conv", in, w[1] * groups, x[1],
             fmt::format("x has {} channels, w takes {} in each of {} groups", x[1].str(), w[1].str(), op.groups),
             needed);
  need_equal("conv", in, Dim::floordiv(w[0], groups) * groups, w[0],
             fmt::format("{} outputs do not fall into {} groups", w[0].str(), op.groups), needed);
  if (in.size() == 3) need_equal("conv", in, in[2].shape[0], w[0], "the bias needs one value an output", needed);
  TensorType y{in[0].dtype, {x[0], w[0]}};
  for (size_t d = 2; d < x.size(); ++d) y.shape.push_back(windows_in("conv", in, op.window, d - 2, x[d], w[d], false));
  return {y};
}

Dim flops(const Conv& op, const Types& in) {
  Equalities needed;
  Dim count = Dim(2) * count_of(infer(op, in, needed)[0].shape);
  for (size_t d = 1; d < in[1].shape.size(); ++d) count = count * in[1].shape[d];
  return count;
}

}  // namespace lathe::ops
