#include "kernels/cpu/matmul/split.h"

#include <algorithm>

#include "base/round.h"
#include "kernels/cpu/gemm/task.h"

namespace lathe::cpu {
namespace {

/// A part that is cut further has at least so many rows and columns: each cut packs B, or reads A, once more.
constexpr int64_t kFewestRows = 48, kFewestColumns = 64;
/// A member is dealt so many items, of so many cycles at least.
constexpr int64_t kItemsEach = 4;
constexpr double kItemCycles = 8000;
/// Columns of a vector product that are computed at once.
constexpr int64_t kVectorColumns = 128;

/// Cuts the larger side of a part in two until there are as many units as are wanted.
void cut(MatMulSplit& split, int64_t entries, int64_t m, int64_t n, int64_t wanted) {
  while (entries * split.row_parts * split.column_parts < wanted) {
    const int64_t rows = ceil_div(m, split.row_parts), columns = ceil_div(n, split.column_parts);
    const bool by_rows = rows >= 2 * kFewestRows, by_columns = columns >= 2 * kFewestColumns;
    if (!by_rows && !by_columns) return;
    (by_rows && (rows >= columns || !by_columns) ? split.row_parts : split.column_parts) *= 2;
  }
}

}  // namespace

bool reads_b_in_place(const MatMulKernel& kernel, const MatMulArgs& args) {
  constexpr int64_t kFewRows = 8;
  constexpr double kSmall = 40000;
  if (kernel.panel != DType::f32 || args.b_column != 1) return false;
  return args.m <= kFewRows ||
         static_cast<double>(args.m) * static_cast<double>(args.n) * static_cast<double>(args.k) <= kSmall;
}

MatMulBlock largest_block(const MatMulKernel& kernel, int64_t m, int64_t n, int64_t k, bool staged) {
  // Packed columns stay in the second-level cache, unless so few would that copies of A outweigh the products.
  constexpr int64_t kPanelBytes = 512 << 10, kFewest = 256, kMost = 1024, kStagedRows = 96;
  const int64_t column_bytes = std::max<int64_t>(k, 1) * static_cast<int64_t>(size_of(kernel.panel));
  const int64_t columns = std::clamp(kPanelBytes / column_bytes / kFewest * kFewest, kFewest, kMost);
  return {staged ? std::min(m, kStagedRows) : m, std::min(n, columns)};
}

MatMulSplit split_matmul(const MatMulKernel& kernel, const GemmKernel& product, const MatMulArgs& args, int team_size) {
  int64_t entries = 1;
  for (int d = 0; d < args.rank; ++d) entries *= args.size[d];
  const bool vector = is_vector_product(args);
  const int64_t m = vector ? 1 : args.m, n = vector ? args.m * args.n : args.n;
  const double depth = static_cast<double>(std::max<int64_t>(args.k, 1));
  double cycles = static_cast<double>(entries) * static_cast<double>(m) * static_cast<double>(n) * depth;
  // A vector product reads each element of the matrix once.
  constexpr double kElementsPerCycle = 2;
  cycles /= vector ? kElementsPerCycle : product.macs_per_cycle;
  // Of a unit, whatever its size.
  constexpr double kUnitCycles = 100;
  cycles += kUnitCycles * static_cast<double>(entries);
  const double most_items = std::max(cycles / kItemCycles, 1.0);
  const auto wanted = static_cast<int64_t>(std::min<double>(most_items, static_cast<double>(kItemsEach * team_size)));
  MatMulSplit split{0, 0, 1, 1, vector ? kVectorColumns : product.tile_panels * kGemmPanel};
  if (!vector) {
    const MatMulBlock most = largest_block(kernel, m, n, args.k, stages_a(kernel, args));
    split.row_parts = ceil_div(m, most.rows);
    split.column_parts = ceil_div(n, most.columns);
  }
  if (team_size > 1) cut(split, entries, m, n, wanted);
  split.units = entries * split.row_parts * split.column_parts;
  split.items = team_size == 1 ? 1 : std::min(split.units, wanted);
  return split;
}

}  // namespace lathe::cpu
