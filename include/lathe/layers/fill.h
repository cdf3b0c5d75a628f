#pragma once
#include "lathe/layers/elementwise.h"
#include "lathe/layers/shape.h"

namespace lathe {

// # constant

/// A tensor of these sizes, every element the value. Network::constant and Network::weight make those of given
/// elements.
LATHE_API Tensor fill(Network& network, const Extents& sizes, double value, DType type = DType::f32);

// # fill

/// y[i..] = start + sum_d step[d] i[d]: a number a dimension, of the type.
LATHE_API Tensor linspace(Network& network, const Extents& sizes, double start, const std::vector<double>& steps,
                          DType type = DType::f32);
/// The same with a start [] and steps [rank] that are computed, whose type y has.
LATHE_API Tensor linspace(Network& network, const Extents& sizes, const Tensor& start, const Tensor& steps);

struct RandomOptions {
  DType type = DType::f32;           ///< floating point
  std::optional<int64_t> seed = {};  ///< with one every run gives the same numbers, on every machine
};
/// Numbers between low and high, all as probable; low and high may be tensors [].
LATHE_API Tensor random_uniform(Network& network, const Extents& sizes, const Operand& low = 0.0,
                                const Operand& high = 1.0, const RandomOptions& options = {});
/// Numbers of a normal distribution; mean and deviation may be tensors [].
LATHE_API Tensor random_normal(Network& network, const Extents& sizes, const Operand& mean = 0.0,
                               const Operand& deviation = 1.0, const RandomOptions& options = {});

}  // namespace lathe
