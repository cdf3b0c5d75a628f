#include "ops/dft.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Dft, dft, Traits{})

Types infer(const Dft& op, const Types& in) {
  check_count("dft", in, 1, 1);
  check_float("dft", in, 0);
  TensorType out = in[0];
  const int axis = normalize_axis("dft", in, op.axis, out.rank());
  if (axis == out.rank() - 1) reject("dft", in, "the last dimension holds the parts of a number");
  const Dim& parts = out.shape.back();
  if (!(parts == Dim(1)) && !(parts == Dim(2))) reject("dft", in, "the last dimension must be 1 or 2");
  if (op.length.size() > 1) reject("dft", in, "there is one length");
  const bool to_real = op.inverse && op.onesided;
  const Dim size = to_real ? Dim(2) * (out.shape[axis] - Dim(1)) : out.shape[axis];
  const Dim count = op.length.empty() ? size : op.length[0];
  if (count.is_constant() && count.constant() < 1) reject("dft", in, "a transform is of at least one number");
  out.shape[axis] = op.onesided && !op.inverse ? Dim::floordiv(count, Dim(2)) + Dim(1) : count;
  out.shape.back() = to_real ? Dim(1) : Dim(2);
  return {out};
}

size_t resolve(Dft& op, const Types& in, const Contents& known) {
  check_count("dft", in, 1, 3);
  if (in.size() == 1) return 1;
  if (!op.length.empty()) reject("dft", in, "the length is an attribute and an input");
  op.length = sizes_from("dft", in, known, 1, "dft_length");
  if (op.length.size() != 1) reject("dft", in, "there is one length");
  if (in.size() == 2) return 1;
  const std::vector<int64_t> axes = numbers_from("dft", in, known, 2, "axis");
  if (axes.size() != 1) reject("dft", in, "there is one axis");
  op.axis = axes[0];
  return 1;
}

}  // namespace lathe::ops
