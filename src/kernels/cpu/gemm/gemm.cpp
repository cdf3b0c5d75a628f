#include "kernels/cpu/gemm/gemm.h"

#include <algorithm>

#include "base/round.h"
#include "kernels/cpu/gemm/task.h"

namespace lathe::cpu {

#define LATHE_GEMM(symbol, name, isa, x, w, y, rows, panels, macs) \
  void symbol##_multiply(const GemmTask& task) noexcept;           \
  void symbol##_normalize(const GemmTask& task) noexcept;
#include "kernels/cpu/gemm/kernels.inc"
#undef LATHE_GEMM

namespace {

constexpr GemmKernel kernels[] = {
#define LATHE_GEMM(symbol, name, isa, x, w, y, rows, panels, macs) \
  {name, Isa::isa, DType::x, DType::w, DType::y, rows, panels, macs, symbol##_multiply, symbol##_normalize},
#include "kernels/cpu/gemm/kernels.inc"
#undef LATHE_GEMM
};

constexpr int64_t kAlign = 64;

/// Elements from row to row of a copy of X: k padded to what one step of a kernel reads, and an odd number of cache
/// lines, so that rows fall into different sets of the first-level cache.
int64_t copy_stride(const GemmKernel& kernel, int64_t k) {
  int64_t line = kAlign / static_cast<int64_t>(size_of(kernel.x));
  return (ceil_div(k, line) | 1) * line;
}

/// Kernels read whole steps of k, and rows a multiple of 2 KB apart share few sets of the first-level cache. The copy
/// costs little beside the product, except beside the tile unit's.
bool copies_x(const GemmKernel& kernel, const GemmArgs& args) {
  if (args.windows != nullptr) return true;
  // Few columns do not pay for a copy, where rows fall into enough sets as they are.
  constexpr int64_t kFewColumns = 128, kOneSet = 256;
  if (kernel.x == DType::f32 && args.n <= kFewColumns && args.x_stride % kOneSet != 0) return false;
  if (kernel.isa != Isa::amx_bf16) return true;
  return args.k % 32 != 0 || args.x_stride % 1024 == 0;
}

/// Scratch of one member: its copy of X's block and the sums of one step of panels.
struct Scratch {
  int64_t x_copy, tile_sums;
  int64_t bytes() const { return x_copy + tile_sums; }
};
Scratch scratch(const GemmKernel& kernel, int64_t k, int64_t block_rows) {
  return {round_up(block_rows * copy_stride(kernel, k) * static_cast<int64_t>(size_of(kernel.x)), kAlign),
          std::max(block_rows, kFewestSumRows) * kGemmPanel * kernel.tile_panels * static_cast<int64_t>(sizeof(float))};
}

int64_t sums_stride(int64_t n) { return round_up(n, kGemmPanel); }

}  // namespace

std::span<const GemmKernel> gemm_kernels() { return kernels; }

const GemmKernel* find_gemm(DType x, DType w, DType y, Features features) {
  const GemmKernel* best = nullptr;
  for (const GemmKernel& kernel : kernels)
    if (kernel.x == x && kernel.w == w && kernel.y == y && features.contains(needs_of(kernel.isa)) &&
        (!best || kernel.isa > best->isa))
      best = &kernel;
  return best;
}

const GemmKernel* find_gemm(std::string_view name) {
  for (const GemmKernel& kernel : kernels)
    if (kernel.name == name) return &kernel;
  return nullptr;
}

size_t GemmKernel::workspace_bytes(int64_t m, int64_t n, int64_t k, int team_size, bool layer_norm) const {
  // An upper bound that rises with m and the team, so that it serves smaller runs too.
  int64_t block_rows = gemm_block_rows(*this, m, n, k);
  int64_t bytes = team_size * scratch(*this, k, block_rows).bytes();
  if (layer_norm && y != DType::f32) bytes += m * sums_stride(n) * static_cast<int64_t>(sizeof(float));
  return static_cast<size_t>(bytes);
}

size_t GemmKernel::solo_workspace_bound(int64_t m, int64_t n, int64_t k) const {
  const Scratch most = scratch(*this, 0, most_block_rows(m));
  const int64_t row = copy_stride(*this, k) * static_cast<int64_t>(size_of(x));
  (void)n;  // a block's sums are of one step of panels
  return static_cast<size_t>(most_block_bytes(*this, m, row) + kAlign + most.tile_sums);
}

void GemmKernel::run(const GemmArgs& args, Team& team) const noexcept {
  using Range = Team::Range;
  if (args.m <= 0 || args.n <= 0) return;
  GemmBlocking blocking = block_gemm(*this, args.m, args.n, args.k, args.layer_norm, team.size());
  int parts = blocking.row_parts * blocking.column_parts;
  bool whole_rows = blocking.column_parts == 1;
  GemmTask task{};
  task.args = &args;
  task.block_rows = blocking.block_rows;
  task.normalize_here = args.layer_norm && whole_rows;
  task.sums_reused = task.normalize_here && y != DType::f32 && team.size() == 1;
  Scratch own = scratch(*this, args.k, blocking.block_rows);
  std::byte* shared = args.workspace + team.size() * own.bytes();
  task.sums = y == DType::f32 ? static_cast<float*>(args.y) : reinterpret_cast<float*>(shared);
  task.sums_stride = y == DType::f32 ? args.y_stride : sums_stride(args.n);
  std::byte* memory = args.workspace + team.rank() * own.bytes();
  task.x_copy = copies_x(*this, args) ? memory : nullptr;
  task.x_copy_stride = copy_stride(*this, args.k);
  task.tile_sums = reinterpret_cast<float*>(memory + own.x_copy);

  // Members of one part of the columns are neighbours in rank: they stream the same panels.
  const int64_t panels = ceil_div(args.n, kGemmPanel);
  const int64_t blocks = team.size() == 1 ? 1 : ceil_div(ceil_div(args.m, blocking.row_parts), blocking.block_rows);
  const int64_t columns = ceil_div(ceil_div(panels, blocking.column_parts), blocking.item_panels);
  const int64_t items = blocks * columns;
  for (int64_t item; (item = team.claim(parts * items)) >= 0;) {
    const int64_t part = item / items, block = item % items / columns, column = item % columns;
    const Range part_rows = Team::part_of({0, args.m}, part % blocking.row_parts, blocking.row_parts);
    const Range rows = Team::part_of(part_rows, block, blocks);
    const Range own_panels = Team::part_of({0, panels}, part / blocking.row_parts, blocking.column_parts);
    const int64_t panel = own_panels.begin + column * blocking.item_panels;
    if (rows.begin == rows.end || panel >= own_panels.end) continue;  // parts differ in size
    task.x_copied = task.row_begin == rows.begin && task.row_end == rows.end;
    task.row_begin = rows.begin;
    task.row_end = rows.end;
    task.panel_begin = panel;
    task.panel_end = std::min(panel + blocking.item_panels, own_panels.end);
    multiply(task);
  }
  if (args.layer_norm && !whole_rows) {
    team.barrier();
    // Few rows are dealt to all members; 16 pay for dealing them.
    const int64_t item_rows = std::clamp<int64_t>(args.m / (2 * team.size()), 1, 16);
    for (int64_t item; (item = team.claim(ceil_div(args.m, item_rows))) >= 0;) {
      task.row_begin = item * item_rows;
      task.row_end = std::min(task.row_begin + item_rows, args.m);
      normalize(task);
    }
  }
}

}  // namespace lathe::cpu
