#include "backends/cpu/windows.h"

#include <algorithm>

namespace lathe::backends::cpu {

lathe::cpu::Windows windows_of(const ops::Window& window, const TensorView& x, const TensorView& y, const Shape& size,
                               const Launch& launch) {
  lathe::cpu::Windows made;
  const size_t spatial = static_cast<size_t>(size.rank()), after = window.pads_before.size();
  const auto padding = [&](size_t index, const Dim& d) { return d.is_constant() ? d.constant() : launch.sizes[index]; };
  for (size_t i = 0; i < spatial; ++i) {
    const size_t to = 3 - spatial + i;
    const int from = static_cast<int>(i);
    made.x[to] = x.shape[from + 1];
    made.k[to] = size[from];
    made.y[to] = y.shape[from + 1];
    made.stride[to] = window.stride(i);
    made.dilation[to] = window.dilation(i);
    made.before[to] = padding(i, window.before(i));
    made.after[to] = padding(after + i, window.after(i));
  }
  made.channels = x.width();
  made.pixel_stride = x.row_stride;
  return made;
}

bool is_small(const ops::Window& window) {
  const auto small = [](int64_t v) { return v <= INT32_MAX; };
  const auto small_dim = [&](const Dim& d) { return !d.is_constant() || small(d.constant()); };
  return std::all_of(window.strides.begin(), window.strides.end(), small) &&
         std::all_of(window.dilations.begin(), window.dilations.end(), small) &&
         std::all_of(window.pads_before.begin(), window.pads_before.end(), small_dim) &&
         std::all_of(window.pads_after.begin(), window.pads_after.end(), small_dim);
}

}  // namespace lathe::backends::cpu
