#include "ops/grid_sample.h"

#include <cmath>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"
#include "backends/reference/interpolate.h"

namespace lathe::backends::reference {
namespace {

using ops::GridPadding;
using ops::ResizeMode;

/// A coordinate mirrored at `low` and `high` until it is between them.
double reflected(double c, double low, double high) {
  const double range = high - low;
  if (c >= low && c <= high) return c;
  if (range <= 0) return low;
  const double beyond = c < low ? low - c : c - high, turns = std::floor(beyond / range), rest = beyond - turns * range;
  const bool from_low = (c < low) == (std::fmod(turns, 2) == 0);
  return from_low ? low + rest : high - rest;
}

struct Border {
  double low, high;
};
Border border_of(const ops::GridSample& op, int64_t size) {
  const double last = static_cast<double>(size - 1);
  return op.align_corners ? Border{0, last} : Border{-0.5, last + 0.5};
}

/// Where a coordinate of the grid lies among the elements.
double place(const ops::GridSample& op, double g, int64_t size) {
  const double m = static_cast<double>(size);
  double c = bounded(op.align_corners ? (g + 1) / 2 * (m - 1) : ((g + 1) * m - 1) / 2);
  if (op.mode == ResizeMode::nearest) c = std::nearbyint(c);
  const Border border = border_of(op, size);
  if (op.padding == GridPadding::zeros || (c >= border.low && c <= border.high)) return c;
  return op.padding == GridPadding::border ? std::clamp(c, 0.0, m - 1) : reflected(c, border.low, border.high);
}

/// Which element stands for the one at `at`; -1: a zero.
int64_t element(const ops::GridSample& op, int64_t at, int64_t size) {
  if (at >= 0 && at < size) return at;
  if (op.padding == GridPadding::zeros) return -1;
  if (op.padding == GridPadding::reflection) {
    const Border border = border_of(op, size);
    at = static_cast<int64_t>(reflected(static_cast<double>(at), border.low, border.high));
  }
  return std::clamp<int64_t>(at, 0, size - 1);
}

Line line_at(const ops::GridSample& op, double g, int64_t size, int64_t stride) {
  const double c = place(op, g, size);
  const int reach = op.mode == ResizeMode::nearest ? 0 : op.mode == ResizeMode::linear ? 1 : 2;
  Line line{.count = std::max(1, 2 * reach), .stride = stride};
  const int64_t first = static_cast<int64_t>(std::floor(c)) - std::max(reach - 1, 0);
  for (int i = 0; i < line.count; ++i) {
    const double t = static_cast<double>(first + i) - c;
    line.at[i] = element(op, first + i, size);
    line.weight[i] = reach == 0 ? 1 : reach == 1 ? tent(t) : keys(t, -0.75);
  }
  return line;
}

void run(const ops::GridSample& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &grid = launch.inputs[1], &y = launch.outputs[0];
  const int spatial = x.shape.rank() - 2;
  const Strides strides(x.shape);
  if (y.shape.count() == 0) return;
  const int64_t channels = y.shape[1], places = y.shape.count() / (y.shape[0] * channels);
  const int64_t image = strides.of[1];
  for (int64_t n = 0; n < y.shape[0]; ++n)
    for (int64_t p = 0; p < places; ++p) {
      Line lines[3];
      for (int d = 0; d < spatial && image > 0; ++d)
        lines[d] =
            line_at(op, load(grid, (n * places + p) * spatial + spatial - 1 - d), x.shape[d + 2], strides.of[d + 2]);
      for (int64_t c = 0; c < channels; ++c) {
        const int64_t at = n * channels + c;
        const std::span<const Line> all(lines, static_cast<size_t>(spatial));
        store(y, at * places + p, image == 0 ? 0 : interpolate(x, at * image, all));
      }
    }
}

}  // namespace
LATHE_REFERENCE(GridSample, grid_sample, .run = run)
}  // namespace lathe::backends::reference
