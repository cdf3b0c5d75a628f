#include "ops/resize.h"

#include <algorithm>
#include <cmath>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/interpolate.h"

namespace lathe::backends::reference {
namespace {

using ops::ResizeCoordinates;
using ops::ResizeMode;

/// One dimension: its sizes in x and y, and how places in y lie in x.
struct Axis {
  int64_t from = 1, to = 1, stride = 1;
  double scale = 1, length = 1;  ///< length: that of y by the scale
  double begin = 0, end = 1;     ///< of the region, by the size of x
  bool stays = false;
};

Axis axis_of(const ops::Resize& op, const TensorView& x, const TensorView& y, int d) {
  Axis axis{x.shape[d], y.shape[d], Strides(x.shape).of[d]};
  const auto at = static_cast<size_t>(d), rank = static_cast<size_t>(x.shape.rank());
  const double from = static_cast<double>(axis.from), to = static_cast<double>(axis.to);
  axis.scale = op.scales.empty() ? to / from : op.scales[at];
  axis.length = op.scales.empty() ? to : op.scales[at] * from;
  if (!op.roi.empty()) axis.begin = op.roi[at], axis.end = op.roi[rank + at];
  const bool whole = op.coordinates != ResizeCoordinates::tf_crop_and_resize || (axis.begin == 0 && axis.end == 1);
  axis.stays = axis.from == axis.to && std::abs(axis.scale - 1) < 1e-9 && whole;
  return axis;
}

double coordinate(const ops::Resize& op, const Axis& axis, int64_t place) {
  const double p = static_cast<double>(place), m = static_cast<double>(axis.from), n = static_cast<double>(axis.to);
  const double centre = (p + 0.5) / axis.scale - 0.5;
  switch (op.coordinates) {
    case ResizeCoordinates::half_pixel: return centre;
    case ResizeCoordinates::half_pixel_symmetric: return m / 2 * (1 - n / axis.length) + centre;
    case ResizeCoordinates::pytorch_half_pixel: return axis.to == 1 ? 0 : centre;
    case ResizeCoordinates::align_corners: return axis.length == 1 ? 0 : p * (m - 1) / (axis.length - 1);
    case ResizeCoordinates::asymmetric: return p / axis.scale;
    case ResizeCoordinates::tf_half_pixel_for_nn: return (p + 0.5) / axis.scale;
    case ResizeCoordinates::tf_crop_and_resize: {
      const double size = axis.end - axis.begin;
      const double within = axis.length == 1 ? size * (m - 1) / 2 : p * size * (m - 1) / (axis.length - 1);
      return axis.begin * (m - 1) + within;
    }
  }
  return p;
}

/// The elements of x that one place of y reads along a dimension: weight(first + i) for i in [0, count).
struct Taps {
  int64_t first = 0, count = 1;
  double centre = 0, stretch = 1, sum = 1;
};

double weight(const ops::Resize& op, const Axis& axis, const Taps& taps, int64_t i) {
  if (taps.count == 1) return 1;
  const int64_t at = taps.first + i;
  if (op.exclude_outside && (at < 0 || at >= axis.from)) return 0;
  const double t = (static_cast<double>(at) - taps.centre) * taps.stretch;
  return (op.mode == ResizeMode::linear ? tent(t) : keys(t, op.cubic_a)) / taps.sum;
}

int64_t nearest(ops::ResizeRounding rounding, double c) {
  const double below = std::floor(c), part = c - below;
  bool up = false;
  switch (rounding) {
    case ops::ResizeRounding::round_prefer_floor: up = part > 0.5; break;
    case ops::ResizeRounding::round_prefer_ceil: up = part >= 0.5; break;
    case ops::ResizeRounding::floor: break;
    case ops::ResizeRounding::ceil: up = part > 0; break;
  }
  return static_cast<int64_t>(below) + (up ? 1 : 0);
}

Taps taps_at(const ops::Resize& op, const Axis& axis, int64_t place) {
  if (axis.stays) return {place, 1};
  // What is further away than that reads the elements at the ends alone.
  const double far = 2e12, c = std::clamp(coordinate(op, axis, place), -far, far);
  if (op.mode == ResizeMode::nearest) return {nearest(op.rounding, c), 1};
  const double stretch = op.antialias ? std::min(axis.scale, 1.0) : 1;
  const auto reach = static_cast<int64_t>(std::ceil((op.mode == ResizeMode::linear ? 1 : 2) / stretch));
  Taps taps{static_cast<int64_t>(std::floor(c)) - reach + 1, 2 * reach, c, stretch, 1};
  if (!op.antialias && !op.exclude_outside) return taps;
  double sum = 0;
  for (int64_t i = 0; i < taps.count; ++i) sum += weight(op, axis, taps, i);
  if (sum != 0) taps.sum = sum;
  return taps;
}

/// The sum over dimensions d and those after it, from an element of x on.
double mix(const ops::Resize& op, const TensorView& x, const Axis* axes, const Taps* taps, int d, int64_t origin) {
  if (d == x.shape.rank()) return load(x, origin);
  double sum = 0;
  for (int64_t i = 0; i < taps[d].count; ++i) {
    const double w = weight(op, axes[d], taps[d], i);
    const int64_t at = std::clamp<int64_t>(taps[d].first + i, 0, axes[d].from - 1);
    if (w != 0) sum += w * mix(op, x, axes, taps, d + 1, origin + at * axes[d].stride);
  }
  return sum;
}

bool outside(const ops::Resize& op, const Axis& axis, int64_t place) {
  if (op.coordinates != ResizeCoordinates::tf_crop_and_resize || axis.stays) return false;
  const double c = coordinate(op, axis, place);
  return !(c >= 0 && c <= static_cast<double>(axis.from - 1));
}

void run(const ops::Resize& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  const int rank = x.shape.rank();
  if (y.shape.count() == 0) return;
  if (x.shape.count() == 0) return launch.fault->set(ErrorCode::out_of_range, "nothing is resized to something");
  Axis axes[Shape::kMaxRank];
  Taps taps[Shape::kMaxRank];
  for (int d = 0; d < rank; ++d) axes[d] = axis_of(op, x, y, d);
  for (int64_t i = 0; i < y.shape.count(); ++i) {
    int64_t rest = i, origin = 0;
    bool extrapolated = false;
    for (int d = rank - 1; d >= 0; --d) {
      const int64_t place = rest % y.shape[d];
      rest /= y.shape[d];
      taps[d] = taps_at(op, axes[d], place);
      origin += std::clamp<int64_t>(taps[d].first, 0, axes[d].from - 1) * axes[d].stride;
      extrapolated |= outside(op, axes[d], place);
    }
    if (extrapolated)
      store(y, i, op.extrapolation);
    else if (op.mode == ResizeMode::nearest)
      copy_run(y, i, x, origin, 1);
    else
      store(y, i, is_float(y.dtype) ? mix(op, x, axes, taps, 0, 0) : std::nearbyint(mix(op, x, axes, taps, 0, 0)));
  }
}

}  // namespace
LATHE_REFERENCE(Resize, resize, .run = run)
}  // namespace lathe::backends::reference
