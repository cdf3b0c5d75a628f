#include "ops/roi_align.h"

#include <algorithm>
#include <cmath>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

/// A region along one dimension: where it begins, how large its parts are, and how many samples each has.
struct Side {
  double start = 0, part = 0;
  int64_t samples = 0, size = 0;
};

/// False: no number, or more samples than are taken.
bool find_side(const ops::RoiAlign& op, double low, double high, int64_t parts, int64_t size, Side* side) {
  const double offset = op.half_pixel ? 0.5 : 0;
  double extent = (high * op.scale - offset) - (low * op.scale - offset);
  if (!op.half_pixel) extent = std::max(extent, 1.0);
  const double part = extent / static_cast<double>(parts);
  const double samples = op.sampling_ratio > 0 ? static_cast<double>(op.sampling_ratio) : std::ceil(part);
  if (!(samples <= static_cast<double>(ops::kMostRoiSamples)) || !std::isfinite(low) || !std::isfinite(part))
    return false;
  *side = {low * op.scale - offset, part, static_cast<int64_t>(std::max(samples, 0.0)), size};
  return true;
}

/// The two elements beside a sample, and the weight of the second; false: it is beyond x.
struct Between {
  int64_t low = 0, high = 0;
  double share = 0;
};
bool find_between(const Side& side, int64_t part, int64_t sample, Between* found) {
  const double along = (static_cast<double>(sample) + 0.5) / static_cast<double>(side.samples);
  const double c = side.start + static_cast<double>(part) * side.part + along * side.part;
  if (!(c >= -1 && c <= static_cast<double>(side.size))) return false;
  const double inside = std::max(c, 0.0);
  const auto low = static_cast<int64_t>(inside);
  if (low >= side.size - 1)
    *found = {side.size - 1, side.size - 1, 0};
  else
    *found = {low, low + 1, inside - static_cast<double>(low)};
  return true;
}

/// The four weighted elements of a sample; zeros beyond x.
void weigh(const TensorView& x, int64_t origin, const Side& down, const Side& across, const int64_t* part,
           const int64_t* sample, double* corners) {
  Between y, z;
  std::fill(corners, corners + 4, 0.0);
  if (!find_between(down, part[0], sample[0], &y) || !find_between(across, part[1], sample[1], &z)) return;
  const auto at = [&](int64_t i, int64_t j) { return load(x, origin + i * across.size + j); };
  corners[0] = (1 - y.share) * (1 - z.share) * at(y.low, z.low);
  corners[1] = (1 - y.share) * z.share * at(y.low, z.high);
  corners[2] = y.share * (1 - z.share) * at(y.high, z.low);
  corners[3] = y.share * z.share * at(y.high, z.high);
}

double pooled(const ops::RoiAlign& op, const TensorView& x, int64_t origin, const Side& down, const Side& across,
              const int64_t* part) {
  double sum = 0, most = 0;
  bool any = false;
  for (int64_t i = 0; i < down.samples; ++i)
    for (int64_t j = 0; j < across.samples; ++j) {
      const int64_t sample[2] = {i, j};
      double corners[4];
      weigh(x, origin, down, across, part, sample, corners);
      for (double corner : corners) {
        sum += corner;
        if (!any || corner > most) most = corner;
        any = true;
      }
    }
  if (op.mode == ops::RoiMode::max) return most;
  return any ? sum / static_cast<double>(down.samples * across.samples) : 0;
}

void run(const ops::RoiAlign& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &regions = launch.inputs[1], &batch = launch.inputs[2],
                   &y = launch.outputs[0];
  if (y.shape.count() == 0) return;
  const int64_t channels = x.shape[1], height = x.shape[2], width = x.shape[3];
  for (int64_t r = 0; r < y.shape[0]; ++r) {
    const int64_t n = load_integer(batch, r);
    if (n < 0 || n >= x.shape[0])
      return launch.fault->set(ErrorCode::out_of_range, "a region lies in item {} of {}", n, x.shape[0]);
    Side down, across;
    if (!find_side(op, load(regions, r * 4 + 1), load(regions, r * 4 + 3), op.height, height, &down) ||
        !find_side(op, load(regions, r * 4), load(regions, r * 4 + 2), op.width, width, &across))
      return launch.fault->set(ErrorCode::out_of_range, "region {} is no number or too large", r);
    if (height == 0 || width == 0) down.samples = 0;
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t i = 0; i < op.height; ++i)
        for (int64_t j = 0; j < op.width; ++j) {
          const int64_t part[2] = {i, j}, origin = (n * channels + c) * height * width;
          store(y, ((r * channels + c) * op.height + i) * op.width + j, pooled(op, x, origin, down, across, part));
        }
  }
}

}  // namespace
LATHE_REFERENCE(RoiAlign, roi_align, .run = run)
}  // namespace lathe::backends::reference
