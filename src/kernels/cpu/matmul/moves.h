#pragma once
#include <cstdint>

// What the portable part of a batch of products (split over the team, blocks) asks of the part that is compiled for an
// instruction set. T: the type of A, B and Y; P: that of the panels. Distances count elements.
namespace lathe::cpu {

/// A matrix in any layout.
struct MatrixView {
  const void* data;
  int64_t row, column;  ///< from one to the next
};

struct MatMulMoves {
  /// B [k, n] of T to panels of P (kernels/cpu/gemm/gemm.h).
  void (*pack)(const MatrixView& b, int64_t k, int64_t n, void* panels);
  /// A [m, k] of T to rows of P, `stride` apart, a multiple of 16; what is behind k may be overwritten.
  void (*stage)(const MatrixView& a, int64_t m, int64_t k, void* rows, int64_t stride);
  /// Y [m, n] from f32 to T.
  void (*narrow)(const float* sums, int64_t sums_stride, int64_t m, int64_t n, void* y, int64_t y_stride);
  /// y[n] = x[k] W, W [k, n] where it lies, with the sums of an FP32 product of panels.
  void (*gemv)(const void* x, int64_t x_step, const MatrixView& w, int64_t k, int64_t n, void* y);
  /// Y = A B, B's columns side by side, with these sums too.
  void (*in_place)(const MatrixView& a, const MatrixView& b, int64_t m, int64_t n, int64_t k, void* y, int64_t y_row);
};

#define LATHE_MATMUL(type, isa, panel, product) extern const MatMulMoves matmul_moves_##type##_##isa;
#include "kernels/cpu/matmul/kernels.inc"
#undef LATHE_MATMUL

}  // namespace lathe::cpu
