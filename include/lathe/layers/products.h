#pragma once
#include "lathe/network.h"

namespace lathe {

// # matrix_multiply

/// How an operand of matmul() is read.
enum class MatrixOp : uint8_t {
  none,       ///< [.., m, k]
  transpose,  ///< [.., k, m] as [.., m, k]
  vector,     ///< [.., k]: a row at the left, a column at the right, whose dimension goes from the result
};
/// y[.., m, n] = sum_k a[.., m, k] b[.., k, n]; leading dimensions broadcast. An operand of one dimension is a vector.
LATHE_API Tensor matmul(const Tensor& a, const Tensor& b);
LATHE_API Tensor matmul(const Tensor& a, MatrixOp op_a, const Tensor& b, MatrixOp op_b);

// # fully_connected

/// y[.., o, 1, 1] = sum_i w[o, i] x[.., i] + bias[o], i over the last three dimensions of x [.., c, h, w] as one; w
/// [o, c h w], bias [o] or none. Error(shape_mismatch) for x of fewer dimensions.
LATHE_API Tensor fully_connected(const Tensor& x, const Tensor& w, const Tensor& bias = {});
/// y[.., o] = sum_i w[o, i] x[.., i] + bias[o], as frameworks store w.
LATHE_API Tensor linear(const Tensor& x, const Tensor& w, const Tensor& bias = {});

// # einsum

/// y[result..] = the sum over all letters that are not in the result of the product of x_i[term_i..], as numpy.einsum
/// has it: "ij,jk->ik", "...ij,...jk", "ii->i".
LATHE_API Tensor einsum(std::string_view equation, const std::vector<Tensor>& inputs);

}  // namespace lathe
