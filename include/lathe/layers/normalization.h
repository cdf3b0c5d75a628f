#pragma once
#include "lathe/network.h"

namespace lathe {

// # normalization

struct NormalizationOptions {
  std::vector<int64_t> axes = {};  ///< what mean and variance are taken over
  double epsilon = 1e-5;
  int64_t groups = 1;  ///< of channels, dimension 1, each normalized with `axes`
};
/// y = (x - mean) / sqrt(var + epsilon) scale + bias; var is the biased variance. Scale and bias broadcast to x; with
/// groups they are of groups, [1, groups, 1, ..], or of channels. One that is no tensor is left out.
LATHE_API Tensor normalization(const Tensor& x, const Tensor& scale, const Tensor& bias,
                               const NormalizationOptions& options);
/// Over the last `scale.rank()` dimensions, those of scale and bias.
LATHE_API Tensor layer_normalization(const Tensor& x, const Tensor& scale, const Tensor& bias, double epsilon = 1e-5);
/// Over the spatial dimensions of x [n, c, ..]; scale and bias [c].
LATHE_API Tensor instance_normalization(const Tensor& x, const Tensor& scale, const Tensor& bias,
                                        double epsilon = 1e-5);
/// Over those and the channels of a group; scale and bias [c].
LATHE_API Tensor group_normalization(const Tensor& x, const Tensor& scale, const Tensor& bias, int64_t groups,
                                     double epsilon = 1e-5);

}  // namespace lathe
