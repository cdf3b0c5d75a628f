#include "backends/reference/interpolate.h"

#include "backends/reference/elements.h"

namespace lathe::backends::reference {

double interpolate(const TensorView& x, int64_t origin, std::span<const Line> lines) {
  if (lines.empty()) return load(x, origin);
  const Line& line = lines.front();
  double sum = 0;
  for (int i = 0; i < line.count; ++i)
    if (line.at[i] >= 0) sum += line.weight[i] * interpolate(x, origin + line.at[i] * line.stride, lines.subspan(1));
  return sum;
}

Line linear_with_zeros(double coordinate, int64_t size, int64_t stride) {
  const double c = bounded(coordinate);
  Line line{.count = 2, .stride = stride};
  for (int i = 0; i < 2; ++i) {
    const int64_t at = static_cast<int64_t>(std::floor(c)) + i;
    line.at[i] = at >= 0 && at < size ? at : -1;
    line.weight[i] = tent(static_cast<double>(at) - c);
  }
  return line;
}

}  // namespace lathe::backends::reference
