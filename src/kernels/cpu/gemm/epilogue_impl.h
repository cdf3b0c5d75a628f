#pragma once
// What happens to X before and to sums of products after the products, on simd.h's vectors.
#include "kernels/cpu/gemm/task.h"
#include "kernels/cpu/layernorm/normalize_row.h"
#include "kernels/cpu/row_operands.h"
#include "kernels/cpu/simd.h"
#include "kernels/cpu/simd_math.h"
#include "kernels/cpu/windows_impl.h"

namespace lathe::cpu {
namespace {

using namespace simd;

/// Rows of X side by side, zeros behind each up to out_stride.
template <class X>
void copy_rows(const X* x, int64_t x_stride, int64_t rows, int64_t k, X* out, int64_t out_stride) {
  for (int64_t r = 0; r < rows; ++r) {
    __builtin_memcpy(out + r * out_stride, x + r * x_stride, static_cast<size_t>(k) * sizeof(X));
    __builtin_memset(out + r * out_stride + k, 0, static_cast<size_t>(out_stride - k) * sizeof(X));
  }
}

/// A block of rows of X as the products read it, `stride` elements apart.
template <class X>
struct RowsOfX {
  const X* x;
  int64_t stride;
};

/// Rows [row, end): where the task wants a copy, that.
template <class X>
RowsOfX<X> rows_of_x(const GemmTask& task, int64_t row, int64_t end) {
  const GemmArgs& args = *task.args;
  const X* x = static_cast<const X*>(args.x);
  X* copy = static_cast<X*>(task.x_copy);
  if (copy == nullptr) return {x + row * args.x_stride, args.x_stride};
  if (task.x_copied) return {copy, task.x_copy_stride};
  if (args.windows != nullptr)
    copy_windows(*args.windows, x, row, end, copy, task.x_copy_stride);
  else
    copy_rows(x + row * args.x_stride, args.x_stride, end - row, args.k, copy, task.x_copy_stride);
  return {copy, task.x_copy_stride};
}

/// A rectangle of sums, the columns of it that exist, and where it belongs in Y.
struct EpilogueTile {
  const GemmArgs* args;
  const float* sums;
  int64_t sums_stride;
  int64_t row, rows, column, columns;
};

template <Activation A, class Out, class Residual, class Lanes>
LATHE_SIMD f32v finished(f32v v, const float* bias, const Residual* residual, int64_t c, Lanes lanes) {
  if (bias != nullptr) v = v + load(bias + c, lanes);
  v = simd::activate<A, Out>(v);
  if (residual != nullptr) v = v + load(residual + c, lanes);
  return v;
}

template <Activation A, class Residual, class Out, class Lanes>
LATHE_SIMD void finish_vector(f32v v, const float* bias, const Residual* residual, Out* out, int64_t c, Lanes lanes) {
  store(out + c, finished<A, Out>(v, bias, residual, c, lanes), lanes);
}

template <Activation A, int full_columns, class Residual, class Out>
void finish_rows(const EpilogueTile& tile, Out* out, int64_t out_stride) {
  const GemmArgs& args = *tile.args;
  using Operands = RowOperands<Residual>;
  const Residual* residual = static_cast<const Residual*>(args.residual);
  if (residual != nullptr) residual += tile.row * args.residual_stride + tile.column;
  Operands row{args.bias != nullptr ? args.bias + tile.column : nullptr,
               args.residual_first ? residual : nullptr,
               args.residual_first ? nullptr : residual,
               {args.alpha, args.activation_beta}};
  const float* sums = tile.sums;
  for (int64_t r = 0; r < tile.rows; ++r) {
    if (tile.columns == full_columns) {
#pragma GCC unroll 8
      for (int c = 0; c < full_columns; c += simd::kWidth)
        Operands::template finish<A>(row, simd::load(sums + c), out, c, simd::All{});
    } else {
      simd::for_row(
          tile.columns, [&](int64_t c, auto lanes) __attribute__((always_inline)) {
            Operands::template finish<A>(row, simd::load(sums + c), out, c, lanes);
          });
    }
    sums += tile.sums_stride;
    out += out_stride;
    if (row.before != nullptr) row.before += args.residual_stride;
    if (row.after != nullptr) row.after += args.residual_stride;
  }
}

/// Bias, activation and residual on the way from `tile.sums` to `out`, the tile's place in Y or before the LayerNorm.
template <int full_columns, class Residual, class Out>
void finish_tile(const EpilogueTile& tile, Out* out, int64_t out_stride) {
  with_activation(tile.args->activation,
                  [&]<Activation A>() { finish_rows<A, full_columns, Residual>(tile, out, out_stride); });
}

/// Where the values before the LayerNorm of the block of rows from `row` on lie.
LATHE_SIMD float* sums_of_block(const GemmTask& task, int64_t row) {
  return task.sums + (task.sums_reused ? task.row_begin : row) * task.sums_stride;
}

/// Rows [begin, end) of Y; `sums` is the first one's.
template <class Y>
void normalize_rows(const GemmTask& task, int64_t begin, int64_t end, const float* sums) {
  const GemmArgs& args = *task.args;
  for (int64_t r = begin; r < end; ++r, sums += task.sums_stride) {
    auto load_sum = [=](int64_t c, auto lanes) __attribute__((always_inline)) { return load(sums + c, lanes); };
    normalize_row(load_sum, args.n, args.gamma, args.beta, args.epsilon, static_cast<Y*>(args.y) + r * args.y_stride);
  }
}

}  // namespace
}  // namespace lathe::cpu

/// Defines what a line of kernels.inc names, from a function template for `multiply`.
#define LATHE_GEMM_FUNCTIONS_OF(symbol, call, Y)                                                          \
  void symbol##_multiply(const GemmTask& task) noexcept;                                                  \
  void symbol##_multiply(const GemmTask& task) noexcept { call; }                                         \
  void symbol##_normalize(const GemmTask& task) noexcept;                                                 \
  void symbol##_normalize(const GemmTask& task) noexcept {                                                \
    normalize_rows<Y>(task, task.row_begin, task.row_end, task.sums + task.row_begin * task.sums_stride); \
  }
