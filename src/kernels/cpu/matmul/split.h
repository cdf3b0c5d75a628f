#pragma once
#include "kernels/cpu/gemm/gemm.h"
#include "kernels/cpu/matmul/matmul.h"

namespace lathe::cpu {

/// How a batch of products is cut into units, which are dealt out: row_parts by column_parts of each entry. A unit
/// packs the columns of B that it needs, unless its member has just done so. Depends on sizes alone, and changes no
/// result.
struct MatMulSplit {
  int64_t units, items;  ///< an item is units in a row
  int64_t row_parts, column_parts;
  int64_t lump;  ///< columns are cut at multiples of it

  /// Rows and columns of a part.
  Team::Range rows(int64_t m, int64_t part) const { return Team::part_of({0, m}, part, row_parts); }
  Team::Range columns(int64_t n, int64_t part) const {
    const Team::Range lumps = Team::part_of({0, (n + lump - 1) / lump}, part, column_parts);
    return {lumps.begin * lump, lumps.end * lump < n ? lumps.end * lump : n};
  }
};

/// The largest unit, whatever the team.
struct MatMulBlock {
  int64_t rows, columns;
};

/// Whether rows of A are copied first: there are gaps between their elements, or the panels have another type.
inline bool stages_a(const MatMulKernel& kernel, const MatMulArgs& args) {
  return kernel.type != kernel.panel || args.a_column != 1;
}
/// Whether packing B would cost more than it saves. Sums are the same, where panels have FP32.
bool reads_b_in_place(const MatMulKernel& kernel, const MatMulArgs& args);
inline bool is_vector_product(const MatMulArgs& args) { return args.m == 1 || args.n == 1; }

MatMulBlock largest_block(const MatMulKernel& kernel, int64_t m, int64_t n, int64_t k, bool staged);
MatMulSplit split_matmul(const MatMulKernel& kernel, const GemmKernel& product, const MatMulArgs& args, int team_size);

}  // namespace lathe::cpu
