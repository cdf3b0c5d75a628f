#include "ops/max_roi_pool.h"

#include <cmath>

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(MaxRoiPool, max_roi_pool, Traits{})

Types infer(const MaxRoiPool& op, const Types& in, Equalities& needed) {
  check_count("max_roi_pool", in, 2, 2);
  check_float("max_roi_pool", in, 0);
  check_float("max_roi_pool", in, 1);
  if (in[0].rank() != 4 || in[1].rank() != 2) reject("max_roi_pool", in, "takes x [n, c, h, w] and regions [r, 5]");
  if (op.height < 0 || op.width < 0) reject("max_roi_pool", in, "height and width must not be negative");
  if (!std::isfinite(op.scale)) reject("max_roi_pool", in, "scale is not finite");
  need_equal("max_roi_pool", in, in[1].shape[1], Dim(5), "a region has 5 numbers", needed);
  return {{in[0].dtype, {in[1].shape[0], in[0].shape[1], Dim(op.height), Dim(op.width)}}};
}

}  // namespace lathe::ops
