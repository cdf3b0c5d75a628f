#pragma once
#include "backends/reference/elements.h"

namespace lathe::backends::reference {

/// Which scale an element of x has (ops/quantize.h).
class Scales {
 public:
  Scales(const Shape& x, const Shape& scale, int64_t axis, int64_t block_size) {
    if (scale.count() == 1 && scale.rank() <= 1) return;
    const int at = static_cast<int>(axis < 0 ? axis + x.rank() : axis);
    inner_ = Strides(x).of[at];
    size_ = x[at];
    if (block_size == 0) return;
    block_ = block_size;
    blocks_ = scale[at];
    stride_ = inner_;
  }
  int64_t index(int64_t i) const {
    if (size_ == 0) return 0;
    const int64_t along = i / inner_ % size_;
    if (blocks_ == 0) return along;
    return (i / inner_ / size_ * blocks_ + along / block_) * stride_ + i % inner_;
  }

 private:
  int64_t inner_ = 1, size_ = 0, block_ = 1, blocks_ = 0, stride_ = 0;
};

}  // namespace lathe::backends::reference
