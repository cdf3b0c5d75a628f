#pragma once
#include <cstdint>

namespace lathe::cpu {

/// Windows over x [n, x0, x1, x2, c], channels last; fewer spatial dimensions come last, the others have size 1. The
/// window at p, one for each p in [0, y0) x [0, y1) x [0, y2), has k0 k1 k2 elements; element j along a dimension lies
/// at p * stride - before + j * dilation, perhaps beyond x.
struct Windows {
  int64_t x[3] = {1, 1, 1}, k[3] = {1, 1, 1}, y[3] = {1, 1, 1};
  int64_t stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1}, before[3] = {0, 0, 0}, after[3] = {0, 0, 0};
  int64_t channels = 0;      ///< that a window sees
  int64_t pixel_stride = 0;  ///< elements from one place of x to the next, at least the channels

  int64_t places() const { return y[0] * y[1] * y[2]; }
  int64_t taps() const { return k[0] * k[1] * k[2]; }
};

}  // namespace lathe::cpu
