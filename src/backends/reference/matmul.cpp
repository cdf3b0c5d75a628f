#include "ops/matmul.h"

#include <algorithm>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

/// The index of the matrix of `input` that pairs with matrix `index` of the output: leading dimensions broadcast.
int64_t matrix_of(int64_t index, const Shape& input, const Shape& output) {
  int64_t stride[Shape::kMaxRank] = {}, next = 1;
  int leading = output.rank() - 2, offset = output.rank() - input.rank();
  for (int d = leading - 1; d >= offset; --d) {
    stride[d] = input[d - offset] == 1 ? 0 : next;
    next *= input[d - offset];
  }
  return locate(index, output, leading, stride);
}

/// Scratch: a row of A, a row of Y.
int64_t scratch(const ops::MatMul& op, std::span<const TensorView> in, std::span<const TensorView> out) {
  return in[0].shape[op.transpose_a ? -2 : -1] + out[0].shape[-1];
}

void run(const ops::MatMul& op, const Launch& launch) {
  const TensorView &a = launch.inputs[0], &b = launch.inputs[1], &y = launch.outputs[0];
  int64_t m = y.shape[-2], n = y.shape[-1], k = a.shape[op.transpose_a ? -2 : -1];
  int64_t matrices = m * n == 0 ? 0 : y.shape.count() / (m * n);
  double *x = scratch_of(launch), *sum = x + k;
  for (int64_t i = 0; i < matrices; ++i) {
    int64_t a0 = matrix_of(i, a.shape, y.shape) * m * k, b0 = matrix_of(i, b.shape, y.shape) * k * n;
    for (int64_t row = 0; row < m; ++row) {
      for (int64_t j = 0; j < k; ++j) x[j] = load(a, a0 + (op.transpose_a ? j * m + row : row * k + j));
      std::fill(sum, sum + n, 0.0);
      if (op.transpose_b)
        for (int64_t column = 0; column < n; ++column) sum[column] = dot(x, b, b0 + column * k, k);
      else
        for (int64_t j = 0; j < k; ++j) add_scaled(x[j], b, b0 + j * n, n, sum);
      store_run(y, (i * m + row) * n, n, sum);
    }
  }
}

}  // namespace
LATHE_REFERENCE(MatMul, matmul, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
