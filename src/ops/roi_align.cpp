#include "ops/roi_align.h"

#include <cmath>

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(RoiAlign, roi_align, Traits{})

Types infer(const RoiAlign& op, const Types& in, Equalities& needed) {
  check_count("roi_align", in, 3, 3);
  check_float("roi_align", in, 0);
  check_float("roi_align", in, 1);
  check_index_type("roi_align", in, 2);
  if (in[0].rank() != 4 || in[1].rank() != 2 || in[2].rank() != 1)
    reject("roi_align", in, "takes x [n, c, h, w], regions [r, 4] and batch [r]");
  if (op.height < 0 || op.width < 0) reject("roi_align", in, "height and width must not be negative");
  if (op.sampling_ratio < 0 || op.sampling_ratio > kMostRoiSamples)
    reject("roi_align", in, fmt::format("sampling_ratio must be 0 to {}", kMostRoiSamples));
  if (!std::isfinite(op.scale)) reject("roi_align", in, "scale is not finite");
  need_equal("roi_align", in, in[1].shape[1], Dim(4), "a region has 4 numbers", needed);
  need_equal("roi_align", in, in[1].shape[0], in[2].shape[0], "regions and batch need one length", needed);
  return {{in[0].dtype, {in[1].shape[0], in[0].shape[1], Dim(op.height), Dim(op.width)}}};
}

std::vector<Lookup> lookups(const RoiAlign& /*op*/) { return {{2, 0, 0}}; }

}  // namespace lathe::ops
