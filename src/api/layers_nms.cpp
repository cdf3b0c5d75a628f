#include "api/adder.h"
#include "lathe/layers/indices.h"
#include "ops/compare.h"
#include "ops/nms.h"
#include "ops/shape.h"
#include "ops/top_k.h"
#include "ops/where.h"

namespace lathe {
namespace {

using api::Adder;
using ir::ValueId;
using ops::BinaryKind;

/// Scores [.., n] of which all but the k best of each row are below any threshold.
ValueId best(Adder& n, ValueId scores, int64_t k) {
  const Dim& boxes = n.shape(scores).back();
  if (boxes.is_constant() && boxes.constant() <= k) return scores;
  if (!boxes.is_constant()) n.refuse("how many of " + boxes.str() + " boxes are the best is not cut", "give top_k = 0");
  const ValueId values = n.add_all(ops::TopK{.k = Dim(k), .axis = n.rank(scores) - 1}, {scores})[0];
  const ValueId least = n.slice(values, n.rank(scores) - 1, Dim(k - 1), Dim(1));
  const ValueId above = n.add(ops::Compare{ops::CompareKind::greater_equal}, {scores, least});
  return n.add(ops::Where{}, {above, scores, n.scalar(-1e38, n.dtype(scores))});
}

/// Rows (image * classes + class, 0, box) as (image, class, box).
ValueId unfolded(Adder& n, ValueId rows, const Dim& classes) {
  const ValueId both = n.slice(rows, 1, Dim(0), Dim(1)), box = n.slice(rows, 1, Dim(2), Dim(1)),
                count = n.size(classes);
  return n.concat({n.binary(BinaryKind::floor_div, both, count), n.binary(BinaryKind::mod, both, count), box}, 1);
}

}  // namespace

NmsResult nms(const Tensor& boxes, const Tensor& scores, const NmsOptions& options) {
  Adder n("nms", {boxes, scores});
  ValueId corners = n.in(boxes);
  ValueId by_class = n.in(scores);
  if (n.rank(by_class) != 3 || n.rank(corners) < 3 || n.rank(corners) > 4)
    n.corrupt("boxes " + boxes.str() + " and scores " + scores.str() +
              " are not [b, n, 4] or [b, n, classes, 4] and [b, n, classes]");
  by_class = n.transpose(by_class, {0, 2, 1});
  if (options.top_k > 0) by_class = best(n, by_class, options.top_k);
  const std::vector<Dim> sizes = n.shape(by_class);
  const bool shared = n.rank(corners) == 3 || n.shape(corners)[2] == Dim(1);
  if (n.rank(corners) == 4 && shared) corners = n.reshape(corners, {sizes[0], sizes[2], Dim(4)});
  if (!shared) {
    corners = n.reshape(n.transpose(corners, {0, 2, 1, 3}), {sizes[0] * sizes[1], sizes[2], Dim(4)});
    by_class = n.reshape(by_class, {sizes[0] * sizes[1], Dim(1), sizes[2]});
  }
  ops::Nms op;
  op.center_point_box = options.center_sizes;
  op.max_output_boxes_per_class = options.most_boxes_per_class;
  op.iou_threshold = options.iou_threshold;
  op.score_threshold = options.score_threshold;
  op.symbol = n.network().unique_symbol(options.symbol);
  ValueId rows = n.add(op, {corners, by_class});
  if (!shared) rows = unfolded(n, rows, sizes[1]);
  const ValueId shape = n.add(ops::ShapeOf{}, {rows});
  return {n.out(rows), n.out(n.reshape(n.slice(shape, 0, Dim(0), Dim(1)), {}))};
}

}  // namespace lathe
