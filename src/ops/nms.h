#pragma once
#include <limits>

#include "ops/op.h"

namespace lathe::ops {

/// Non-maximum suppression: of each class of each image, boxes by falling score (of equal ones the lower index first),
/// each taken unless it overlaps one that was taken by more than `iou_threshold`, at most `max_output_boxes_per_class`
/// of them. Only scores above `score_threshold` count. Inputs: boxes f [b, n, 4], scores f [b, c, n]. Output: i64
/// [selected, 3], rows (image, class, box) in the order of images and classes, then as they were taken.
///
/// Boxes are two opposite corners (y1, x1, y2, x2), or with `center_point_box` (x, y, width, height) about a centre.
/// The overlap is the area of the intersection by that of the union; boxes without area overlap nothing. `symbol` names
/// the number of rows, known when the op has run. ONNX NonMaxSuppression,
/// https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html; TensorRT INMSLayer
struct Nms {
  bool center_point_box{false};
  int64_t max_output_boxes_per_class{0};
  double iou_threshold{0};
  double score_threshold{-std::numeric_limits<double>::infinity()};
  std::string symbol{"selected"};  ///< no other value of the network has it

  template <class V>
  void fields(V& v) {
    v.field("center_point_box", center_point_box);
    v.field("max_output_boxes_per_class", max_output_boxes_per_class);
    v.field("iou_threshold", iou_threshold);
    v.field("score_threshold", score_threshold);
    v.field("symbol", symbol);
  }
  LATHE_OP_STRUCT(Nms);
};
Types infer(const Nms& op, const Types& in, Equalities& needed);
std::vector<Count> counts(const Nms& op, const Types& in);

}  // namespace lathe::ops
