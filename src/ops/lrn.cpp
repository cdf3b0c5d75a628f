#include "ops/lrn.h"

#include <cmath>

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Lrn, lrn, Traits{})

Types infer(const Lrn& op, const Types& in) {
  check_count("lrn", in, 1, 1);
  check_float("lrn", in, 0);
  if (in[0].rank() < 2) reject("lrn", in, "x needs a batch and channels");
  if (op.size < 1) reject("lrn", in, "size must be at least 1");
  if (!std::isfinite(op.alpha) || !std::isfinite(op.beta) || !std::isfinite(op.bias))
    reject("lrn", in, "an attribute is not finite");
  return {in[0]};
}

}  // namespace lathe::ops
