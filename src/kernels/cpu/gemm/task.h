#pragma once
#include "kernels/cpu/gemm/gemm.h"

// What the portable part of a product (split over the team, blocking from the caches) hands to the part that is
// compiled for an instruction set.
namespace lathe::cpu {

constexpr int kGemmPanel = 16;
constexpr int64_t kFewestSumRows = 64;

/// A rectangle of Y. `multiply` computes it with the whole epilogue; where that ends in a LayerNorm,
/// it puts the values before it into `sums` and normalizes them itself only if normalize_here (the rectangle then has
/// all columns). Otherwise `normalize` finishes rows [row_begin, row_end) after a barrier.
struct GemmTask {
  const GemmArgs* args;
  int64_t row_begin, row_end;
  int64_t panel_begin, panel_end;
  int64_t block_rows;     ///< rows of X that stay in the second-level cache while W streams past
  void* x_copy;           ///< [block_rows][x_copy_stride], zero padded; null: the kernel reads X itself
  int64_t x_copy_stride;  ///< elements
  bool x_copied;          ///< these rows are in x_copy already
  float* tile_sums;       ///< [max(block_rows, kFewestSumRows)][16 tile_panels]
  float* sums;            ///< [m][sums_stride]: Y itself where Y is f32, else scratch
  int64_t sums_stride;
  bool normalize_here;
  bool sums_reused;  ///< each block of rows takes the same rows of `sums`, from row_begin: they stay in the cache
};

/// How a product is split over a team and blocked. Depends on sizes and caches alone, and changes no result.
struct GemmBlocking {
  int row_parts, column_parts;  ///< row_parts * column_parts <= team size
  int64_t block_rows;
  int64_t item_panels;  ///< a part is dealt out in items of block_rows by so many panels
};
/// Rows of X that one member keeps at hand; rises with m.
int64_t gemm_block_rows(const GemmKernel& kernel, int64_t m, int64_t n, int64_t k);
/// The most rows of a block, and bytes where rows of X, k and two lines of the cache at most, take `row_bytes` each;
/// both rise with m, the latter with the bytes too.
int64_t most_block_rows(int64_t m);
int64_t most_block_bytes(const GemmKernel& kernel, int64_t m, int64_t row_bytes);
GemmBlocking block_gemm(const GemmKernel& kernel, int64_t m, int64_t n, int64_t k, bool layer_norm, int team_size);

}  // namespace lathe::cpu
