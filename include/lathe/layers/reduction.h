#pragma once
#include "lathe/layers/shape.h"

namespace lathe {

// # reduce

/// The sum, product, mean, largest or smallest element over the axes, all of them where none is given; the axes vanish,
/// or stay with size 1. Integers wrap around, and their mean truncates; a NaN makes the result NaN. Of no elements: 0,
/// 1, NaN, the lowest and the highest value.
LATHE_API Tensor reduce_sum(const Tensor& x, const std::vector<int64_t>& axes = {}, bool keep_dims = false);
LATHE_API Tensor reduce_prod(const Tensor& x, const std::vector<int64_t>& axes = {}, bool keep_dims = false);
LATHE_API Tensor reduce_mean(const Tensor& x, const std::vector<int64_t>& axes = {}, bool keep_dims = false);
LATHE_API Tensor reduce_max(const Tensor& x, const std::vector<int64_t>& axes = {}, bool keep_dims = false);
LATHE_API Tensor reduce_min(const Tensor& x, const std::vector<int64_t>& axes = {}, bool keep_dims = false);

// # softmax

/// y_i = exp(x_i - max x) / sum_j exp(x_j - max x) along an axis; its logarithm.
LATHE_API Tensor softmax(const Tensor& x, int axis = -1);
LATHE_API Tensor log_softmax(const Tensor& x, int axis = -1);

// # ragged_softmax

/// The softmax of the first `length` elements of each row of x [.., n], 0 behind them; lengths i32 or i64 [.., 1]. A
/// length outside [0, n] stops the run.
LATHE_API Tensor ragged_softmax(const Tensor& x, const Tensor& lengths);

// # top_k

struct TopK {
  Tensor values, indices;  ///< indices: i64
};
/// The k largest (smallest) elements along an axis by their rank, and where each stood; of equal ones the lower index
/// first, NaN counts as the largest. k: a number, a size, or a computed one.
LATHE_API TopK top_k(const Tensor& x, const Size& k, int axis = -1, bool largest = true);
LATHE_API TopK top_k(const Tensor& x, const Tensor& k, int axis = -1, bool largest = true);
/// Where along the axis the first largest (smallest) element is: i64.
LATHE_API Tensor arg_max(const Tensor& x, int axis = -1, bool keep_dims = false);
LATHE_API Tensor arg_min(const Tensor& x, int axis = -1, bool keep_dims = false);

// # cumulative

/// y_i = x_0 + .. + x_i along an axis; exclusive: without x_i; reverse: from the other end.
LATHE_API Tensor cumulative_sum(const Tensor& x, int axis, bool exclusive = false, bool reverse = false);

}  // namespace lathe
