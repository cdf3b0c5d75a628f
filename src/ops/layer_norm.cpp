#include "ops/layer_norm.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(LayerNorm, layer_norm, Traits{.token_wise = true})

Types infer(const LayerNorm& op, const Types& in) {
  size_t first = op.residual ? 2 : 1;
  check_count("layer_norm", in, first + 2, first + 2);
  check_float("layer_norm", in, 0);
  if (in[0].rank() < 1) reject("layer_norm", in, "x needs a dimension");
  if (op.residual && !(in[1] == in[0])) reject("layer_norm", in, "the residual's type differs from x's");
  for (size_t i = first; i < first + 2; ++i)
    if (in[i].rank() != 1 || !(in[i].shape[0] == in[0].shape.back()))
      reject("layer_norm", in, "gamma and beta must be [width]");
  return {in[0]};
}

}  // namespace lathe::ops
