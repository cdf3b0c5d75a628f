#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// A window over the spatial dimensions of x [n, c, x..], of size k along each. The output at p reads, for j in [0, k),
///
///   x[p * stride - before + j * dilation]
///
/// and beyond x what the op says. The sizes of the output are floor((x + before + after - extent) / stride) + 1 with
/// extent = dilation (k - 1) + 1. Where it rounds up instead, a window that would begin in `after` is left out, so that
/// each begins within x or before it (ONNX since opset 19, PyTorch). Lists have one value a spatial dimension; empty
/// ones stand for strides and dilations of 1, for no padding.
struct Window {
  std::vector<int64_t> strides{};
  std::vector<int64_t> dilations{};
  std::vector<Dim> pads_before{};
  std::vector<Dim> pads_after{};

  int64_t stride(size_t d) const { return strides.empty() ? 1 : strides[d]; }
  int64_t dilation(size_t d) const { return dilations.empty() ? 1 : dilations[d]; }
  Dim before(size_t d) const { return pads_before.empty() ? Dim(0) : pads_before[d]; }
  Dim after(size_t d) const { return pads_after.empty() ? Dim(0) : pads_after[d]; }

  /// The paddings are the first dimensions among the attributes of an op that has a window.
  template <class V>
  void fields(V& v) {
    v.field("strides", strides);
    v.field("dilations", dilations);
    v.field("pads_before", pads_before);
    v.field("pads_after", pads_after);
  }
  bool operator==(const Window&) const = default;
};

inline constexpr size_t kMostSpatial = 3;

/// The spatial dimensions of x [n, c, x..]; rejects other than 1 to 3.
size_t spatial_of(std::string_view op, const Types& in);
/// Rejects lists of another length, strides and dilations below 1 and, unless it `crops`, negative padding.
void check_window(std::string_view op, const Types& in, const Window& window, size_t spatial, bool crops = false);
/// Of one spatial dimension of size x under a window of size k: Error(shape_mismatch) where the window is larger than x
/// with its padding.
Dim windows_in(std::string_view op, const Types& in, const Window& window, size_t d, const Dim& x, const Dim& k,
               bool round_up);
/// The inverse, of a transposed convolution: (x - 1) stride + extent - before - after + more.
Dim reached_by_windows(std::string_view op, const Types& in, const Window& window, size_t d, const Dim& x, const Dim& k,
                       const Dim& more);

/// Orders of dimensions as ops/transpose.h has them: [n, x.., c] from [n, c, x..].
std::vector<int64_t> channels_back(size_t rank);
/// [n, c, x..] from [n, x.., c].
std::vector<int64_t> channels_first(size_t rank);

}  // namespace lathe::ops
