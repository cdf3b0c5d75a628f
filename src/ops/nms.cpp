#include "ops/nms.h"

#include <cmath>

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Nms, nms, Traits{})

Types infer(const Nms& op, const Types& in, Equalities& needed) {
  check_count("nms", in, 2, 2);
  check_float("nms", in, 0);
  check_float("nms", in, 1);
  check_symbol("nms", in, op.symbol);
  if (in[0].rank() != 3 || in[1].rank() != 3) reject("nms", in, "takes boxes [b, n, 4] and scores [b, c, n]");
  need_equal("nms", in, in[0].shape[2], Dim(4), "boxes must be [b, n, 4]", needed);
  need_equal("nms", in, in[0].shape[0], in[1].shape[0], "boxes and scores are of other images", needed);
  need_equal("nms", in, in[0].shape[1], in[1].shape[2], "every box needs its scores", needed);
  if (op.max_output_boxes_per_class < 0) reject("nms", in, "takes no less than 0 boxes");
  if (!(op.iou_threshold >= 0 && op.iou_threshold <= 1)) reject("nms", in, "overlaps lie between 0 and 1");
  if (std::isnan(op.score_threshold)) reject("nms", in, "the lowest score must be a number");
  return {{DType::i64, {Dim::symbol(op.symbol), Dim(3)}}};
}

std::vector<Count> counts(const Nms& op, const Types& in) {
  const Dim each = Dim::min(in[1].shape[2], Dim(op.max_output_boxes_per_class));
  return {{op.symbol, in[1].shape[0] * in[1].shape[1] * each}};
}

}  // namespace lathe::ops
