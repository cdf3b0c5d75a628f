#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "lathe/types.h"

namespace lathe::cpu {

/// Dimensions of a batch of products.
inline constexpr int kMatMulRank = 8;

/// Y[e] = A[e] B[e] for each entry e of a batch: A [m, k] and B [k, n] in any layout, Y [m, n] row-major. Products
/// accumulate in FP32. Along a dimension of the batch one A or B may serve all entries (step 0). m, n, k >= 0; k = 0
/// gives zeros. A row's bits depend on neither the team, nor the layouts, nor what else is in the batch. y overlaps no
/// input.
struct MatMulArgs {
  const void *a = nullptr, *b = nullptr;
  void* y = nullptr;
  int64_t m = 0, n = 0, k = 0;
  int64_t a_row = 0, a_column = 1, b_row = 0, b_column = 1;  ///< elements from one to the next
  int rank = 0;                                              ///< of the batch; dimensions that share a B come last
  int64_t size[kMatMulRank] = {}, a_step[kMatMulRank] = {}, b_step[kMatMulRank] = {}, y_step[kMatMulRank] = {};
  std::byte* workspace = nullptr;  ///< workspace_bytes(), 64-byte aligned, shared by the team
};

struct GemmKernel;
struct MatMulMoves;

/// Products of values, in place where A's rows are: panels of B are packed by whom they are dealt to, A is copied where
/// its rows have gaps or another type than the panels. A vector times a matrix reads both where they lie.
struct MatMulKernel {
  const char* name;  ///< "f32.avx2"
  Isa isa;
  DType type, panel;
  const char* product;  ///< the kernel that multiplies by panels
  const MatMulMoves* moves;

  /// Scratch bytes that run() needs with a team of at most team_size; rises with m, n and k.
  size_t workspace_bytes(int64_t m, int64_t n, int64_t k, int team_size) const;
  /// Called by every member of a team; the caller meets at a barrier afterwards. Allocates nothing.
  void run(const MatMulArgs& args, Team& team) const noexcept;
};

/// All kernels of this build (kernels.inc), also those that this machine lacks features for.
std::span<const MatMulKernel> matmul_kernels();

}  // namespace lathe::cpu
