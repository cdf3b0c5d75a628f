#include "ops/nms.h"

#include <algorithm>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

struct Box {
  double low[2], high[2];
  double area() const { return (high[0] - low[0]) * (high[1] - low[1]); }
};

Box box_at(const ops::Nms& op, const TensorView& boxes, int64_t index) {
  double v[4];
  load_run(boxes, index * 4, 4, v);
  Box box;
  for (int i = 0; i < 2; ++i) {
    const double a = op.center_point_box ? v[i] - v[i + 2] / 2 : v[i],
                 b = op.center_point_box ? v[i] + v[i + 2] / 2 : v[i + 2];
    box.low[i] = std::min(a, b);
    box.high[i] = std::max(a, b);
  }
  return box;
}

bool overlap(const Box& a, const Box& b, double threshold) {
  double common = 1;
  for (int i = 0; i < 2; ++i) common *= std::max(std::min(a.high[i], b.high[i]) - std::max(a.low[i], b.low[i]), 0.0);
  const double all = a.area() + b.area() - common;
  return common > 0 && all > 0 && common / all > threshold;
}

int64_t scratch(const ops::Nms&, std::span<const TensorView> in, std::span<const TensorView>) { return in[1].width(); }

/// Takes boxes of one class; `ranked` has room for all, and holds those that were taken at its start. How many these
/// are.
int64_t select(const ops::Nms& op, const Launch& launch, int64_t image, int64_t line, int64_t* ranked) {
  const TensorView &boxes = launch.inputs[0], &scores = launch.inputs[1];
  const int64_t n = scores.width();
  int64_t candidates = 0, taken = 0;
  for (int64_t i = 0; i < n; ++i)
    if (load(scores, line * n + i) > op.score_threshold) ranked[candidates++] = i;
  std::sort(ranked, ranked + candidates, [&](int64_t a, int64_t b) {
    const double p = load(scores, line * n + a), q = load(scores, line * n + b);
    return p == q ? a < b : p > q;
  });
  for (int64_t i = 0; i < candidates && taken < op.max_output_boxes_per_class; ++i) {
    const Box box = box_at(op, boxes, image * n + ranked[i]);
    const bool suppressed = std::any_of(ranked, ranked + taken, [&](int64_t other) {
      return overlap(box, box_at(op, boxes, image * n + other), op.iou_threshold);
    });
    if (!suppressed) ranked[taken++] = ranked[i];
  }
  return taken;
}

void run(const ops::Nms& op, const Launch& launch) {
  const TensorView &scores = launch.inputs[1], &y = launch.outputs[0];
  const int64_t classes = scores.shape[1];
  auto* ranked = reinterpret_cast<int64_t*>(launch.workspace);
  int64_t row = 0;
  for (int64_t line = 0; line < scores.shape[0] * classes; ++line) {
    const int64_t image = line / classes, taken = select(op, launch, image, line, ranked);
    for (int64_t i = 0; i < taken; ++i, ++row) {
      store_integer(y, row * 3, image);
      store_integer(y, row * 3 + 1, line % classes);
      store_integer(y, row * 3 + 2, ranked[i]);
    }
  }
  launch.extents[0] = row;
}

}  // namespace
LATHE_REFERENCE(Nms, nms, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
