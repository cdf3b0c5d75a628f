#pragma once
#include "lathe/network.h"

namespace lathe {

// # convolution

/// What is added around x, of size I a dimension, for windows of extent E = dilation (size - 1) + 1, and how many
/// windows O there are.
///
///   explicit_round_down  O = floor((I + before + after - E) / stride) + 1
///   explicit_round_up    rounded up; what the last window lacks is added behind
///   same_upper           O = ceil(I / stride); the odd one of what that takes behind, same_lower: before
///   caffe_round_down     as explicit, with `before` at both ends
///   caffe_round_up       likewise; of pooling without a last window that would begin behind x and its `before`
///
/// Of a deconvolution: O = (I - 1) stride + E - before - after (explicit, caffe), I stride (same).
enum class PaddingMode : uint8_t {
  explicit_round_down,
  explicit_round_up,
  same_upper,
  same_lower,
  caffe_round_down,
  caffe_round_up,
};
/// Lists have one number a spatial dimension; empty ones stand for 1, paddings for 0.
struct WindowOptions {
  std::vector<int64_t> stride = {}, dilation = {}, pad_before = {}, pad_after = {};
  PaddingMode padding = PaddingMode::explicit_round_down;
  int64_t groups = 1;  ///< of convolutions
};
/// y[n, o, p..] = bias[o] + sum_{c, j..} w[o, c, j..] x[n, g C + c, p stride - before + j dilation ..] with zeros
/// beyond x [n, c, x..], which has 1 to 3 spatial dimensions; w [o, C, k..] with C = channels / groups, g the group of
/// o; bias [o] or none.
LATHE_API Tensor convolution(const Tensor& x, const Tensor& w, const Tensor& bias = {},
                             const WindowOptions& options = {});

// # deconvolution

/// x[n, c, i..] w[c, o, j..] is added to y[n, g O + o, i stride - before + j dilation ..] where that is in y, then the
/// bias [O groups]. w [c, O, k..] with O = channels of y / groups.
LATHE_API Tensor deconvolution(const Tensor& x, const Tensor& w, const Tensor& bias = {},
                               const WindowOptions& options = {});

// # pooling

enum class PoolingType : uint8_t { max, average, max_average_blend };
struct PoolingOptions {
  std::vector<int64_t> stride = {}, pad_before = {}, pad_after = {};
  PaddingMode padding = PaddingMode::explicit_round_down;
  bool exclusive = true;    ///< an average is that of elements of x alone, not of its padding
  double blend_factor = 0;  ///< (1 - blend) max + blend average
};
/// y[n, c, p..] = the maximum, average, or blend of both, of the window of `size` at p in x [n, c, x..] with 1 to 3
/// spatial dimensions.
LATHE_API Tensor pooling(const Tensor& x, PoolingType type, const std::vector<int64_t>& size,
                         const PoolingOptions& options = {});

// # lrn

/// y[n, c, ..] = x[n, c, ..] / (k + alpha / window sum_j x[n, j, ..]^2)^beta over the `window` channels j around c.
LATHE_API Tensor lrn(const Tensor& x, int64_t window, double alpha, double beta, double k);

}  // namespace lathe
