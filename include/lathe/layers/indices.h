#pragma once
#include "lathe/layers/shape.h"

namespace lathe {

// # gather

/// y[a.., i.., b..] = data[a.., indices[i..], b..], a the dimensions before `axis`, b those behind it. With batch_dims
/// the first so many dimensions are those of both: y[g.., a.., i.., b..] = data[g.., a.., indices[g.., i..], b..].
/// Negative indices count from the end; one outside stops the run.
LATHE_API Tensor gather(const Tensor& data, const Tensor& indices, int axis = 0, int batch_dims = 0);
/// y[i..] = data[i.. with indices[i..] along the axis], of the shape of indices (numpy.take_along_axis).
LATHE_API Tensor gather_elements(const Tensor& data, const Tensor& indices, int axis = 0);
/// y[b.., i.., r..] = data[b.., indices[b.., i.., :].., r..]: the last dimension of indices has coordinates.
LATHE_API Tensor gather_nd(const Tensor& data, const Tensor& indices, int batch_dims = 0);

// # scatter

/// What becomes of an element that is written.
enum class ScatterJoin : uint8_t { none, add, mul, max, min };
/// data, in which y[i.. with indices[i..] along the axis] = updates[i..]; updates follow in row-major order.
LATHE_API Tensor scatter_elements(const Tensor& data, const Tensor& indices, const Tensor& updates, int axis = 0,
                                  ScatterJoin join = ScatterJoin::none);
/// data, in which y[indices[i.., :].., r..] = updates[i.., r..].
LATHE_API Tensor scatter_nd(const Tensor& data, const Tensor& indices, const Tensor& updates,
                            ScatterJoin join = ScatterJoin::none);

// # one_hot

/// values [off, on]: on where the place along a new axis of size `depth` is the index, off elsewhere. Depth: a number,
/// a size, or a computed one.
LATHE_API Tensor one_hot(const Tensor& indices, const Tensor& values, const Size& depth, int axis = -1);
LATHE_API Tensor one_hot(const Tensor& indices, const Tensor& values, const Tensor& depth, int axis = -1);

// # non_zero

/// Where the elements lie that are not zero: i64 [rank, count], a column each, in row-major order. The run finds the
/// count; `symbol` is its name in shapes, of its own where another has it.
LATHE_API Tensor non_zero(const Tensor& x, std::string_view symbol = "count");

// # nms

struct NmsOptions {
  int64_t most_boxes_per_class = 0;
  double iou_threshold = 0;
  double score_threshold = -1e30;
  bool center_sizes = false;  ///< boxes are (x, y, width, height) about a centre, not two corners
  int64_t top_k = 0;          ///< only so many boxes of an image, of each class those with the best scores; 0: all
  std::string symbol = "selected";
};
struct NmsResult {
  Tensor indices;  ///< i64 [selected, 3]: image, class, box
  Tensor count;    ///< i64 []
};
/// Of each class of each image, boxes by falling score, each unless it overlaps one that was taken by more than the
/// threshold (the area of the intersection by that of the union). Boxes [b, n, 4] or [b, n, classes or 1, 4], scores
/// [b, n, classes].
LATHE_API NmsResult nms(const Tensor& boxes, const Tensor& scores, const NmsOptions& options);

// # reverse_sequence

/// y = x with the first lengths[b] elements along the time axis in the opposite order, for each b along the batch axis.
LATHE_API Tensor reverse_sequence(const Tensor& x, const Tensor& lengths, int batch_axis = 1, int time_axis = 0);

}  // namespace lathe
