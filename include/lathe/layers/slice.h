#pragma once
#include "lathe/layers/shape.h"

namespace lathe {

// # slice

/// What lies beyond a tensor.
enum class Bounds : uint8_t {
  strict,   ///< nothing: reading there is an error, of this call or of the run
  wrap,     ///< b c d a b c d a b: it goes on from the other end
  clamp,    ///< a a a a b c d d d: its nearest element
  fill,     ///< v v v a b c d v v: a value
  reflect,  ///< d c b a b c d c b: it is mirrored, its outermost elements not repeated
};
struct SliceOptions {
  Extents start = {};                ///< one a dimension; none: 0
  Extents size = {};                 ///< none: all that is there from the start on
  std::vector<int64_t> stride = {};  ///< may be negative; none: 1
  Bounds bounds = Bounds::strict;
  double fill_value = 0;
};
/// y[i..] = x[start + i stride ..], of `size`.
LATHE_API Tensor slice(const Tensor& x, const SliceOptions& options);
/// x[.., start : start + size, ..] along one axis.
LATHE_API Tensor slice(const Tensor& x, int axis, const Size& start, const Size& size);

// # padding

struct PaddingOptions {
  Bounds bounds = Bounds::fill;
  double value = 0;
};
/// x with `before` and `after` elements more at the ends of each dimension, which Bounds says; negative numbers take
/// away. As many as x has dimensions, or fewer: of the last ones.
LATHE_API Tensor padding(const Tensor& x, const Extents& before, const Extents& after,
                         const PaddingOptions& options = {});

}  // namespace lathe
