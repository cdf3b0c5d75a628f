#include "ops/max_roi_pool.h"

#include <algorithm>
#include <cmath>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

/// Places further away than any element are no others.
constexpr double kFar = 1e9;

/// The elements [low, high) of a part of a region along a dimension of x.
struct Part {
  int64_t low, high;
};

Part part_of(const ops::MaxRoiPool& op, double first, double last, int64_t part, int64_t parts, int64_t size) {
  const double start = std::clamp(std::round(first * op.scale), -kFar, kFar);
  const double extent = std::max(std::clamp(std::round(last * op.scale), -kFar, kFar) - start + 1, 1.0);
  const double each = extent / static_cast<double>(parts);
  const double low = start + std::floor(static_cast<double>(part) * each);
  const double high = start + std::ceil(static_cast<double>(part + 1) * each);
  const double most = static_cast<double>(size);
  return {static_cast<int64_t>(std::clamp(low, 0.0, most)), static_cast<int64_t>(std::clamp(high, 0.0, most))};
}

double maximum(const TensorView& x, int64_t origin, const Part& down, const Part& across) {
  double most = 0;
  bool any = false;
  for (int64_t i = down.low; i < down.high; ++i)
    for (int64_t j = across.low; j < across.high; ++j) {
      const double value = load(x, origin + i * x.shape[3] + j);
      if (!any || value > most || std::isnan(value)) most = value;
      any = true;
    }
  return most;
}

void run(const ops::MaxRoiPool& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &regions = launch.inputs[1], &y = launch.outputs[0];
  const int64_t channels = x.shape[1], image = x.shape[2] * x.shape[3], places = op.height * op.width;
  if (y.shape.count() == 0) return;
  for (int64_t r = 0; r < y.shape[0]; ++r) {
    double region[5];
    load_run(regions, r * 5, 5, region);
    if (std::any_of(region, region + 5, [](double value) { return std::isnan(value); }))
      return launch.fault->set(ErrorCode::out_of_range, "region {} is no number", r);
    const double n = region[0];
    if (!(n >= 0 && n < static_cast<double>(x.shape[0])))
      return launch.fault->set(ErrorCode::out_of_range, "a region lies in item {} of {}",
                               static_cast<int64_t>(std::clamp(n, -kFar, kFar)), x.shape[0]);
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t p = 0; p < places; ++p) {
        const Part down = part_of(op, region[2], region[4], p / op.width, op.height, x.shape[2]);
        const Part across = part_of(op, region[1], region[3], p % op.width, op.width, x.shape[3]);
        const int64_t origin = (static_cast<int64_t>(n) * channels + c) * image;
        store(y, (r * channels + c) * places + p, maximum(x, origin, down, across));
      }
  }
}

}  // namespace
LATHE_REFERENCE(MaxRoiPool, max_roi_pool, .run = run)
}  // namespace lathe::backends::reference
