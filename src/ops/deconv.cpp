#include "ops/deconv.h"

#include "base/error.h"
#include "ops/conv.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Deconv, deconv, Traits{})

Types infer(const Deconv& op, const Types& in, Equalities& needed) {
  check_conv_operands("deconv", in, op.window, op.groups, true);
  const std::vector<Dim>&x = in[0].shape, &w = in[1].shape;
  if (!op.output_padding.empty() && op.output_padding.size() != x.size() - 2)
    reject("deconv", in, "output_padding needs one value a spatial dimension, or none");
  for (const Dim& more : op.output_padding)
    if (more.is_constant() && more.constant() < 0) reject("deconv", in, "output_padding must not be negative");
  const Dim groups(op.groups), outputs = w[1] * groups;
  need_equal("deconv", in, w[0], x[1], fmt::format("x has {} channels, w takes {}", x[1].str(), w[0].str()), needed);
  need_equal("deconv", in, Dim::floordiv(x[1], groups) * groups, x[1],
             fmt::format("{} channels do not fall into {} groups", x[1].str(), op.groups), needed);
  if (in.size() == 3) need_equal("deconv", in, in[2].shape[0], outputs, "the bias needs one value an output", needed);
  TensorType y{in[0].dtype, {x[0], outputs}};
  for (size_t d = 2; d < x.size(); ++d)
    y.shape.push_back(reached_by_windows("deconv", in, op.window, d - 2, x[d], w[d],
                                         op.output_padding.empty() ? Dim(0) : op.output_padding[d - 2]));
  return {y};
}

Dim flops(const Deconv& /*op*/, const Types& in) {
  Dim count = Dim(2) * count_of(in[0].shape);
  for (size_t d = 1; d < in[1].shape.size(); ++d) count = count * in[1].shape[d];
  return count;
}

}  // namespace lathe::ops
