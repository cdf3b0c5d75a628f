#include "ops/fill.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Fill, fill, Traits{})

Types infer(const Fill& op, const Types& in) {
  check_count("fill", in, 0, 0);
  if (op.step != 0) normalize_axis("fill", in, op.axis, static_cast<int>(op.shape.size()));
  return {{op.dtype, op.shape}};
}

}  // namespace lathe::ops
