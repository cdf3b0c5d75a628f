#include "kernels/cpu/matmul/matmul.h"

#include <algorithm>

#include "base/round.h"
#include "kernels/cpu/matmul/moves.h"
#include "kernels/cpu/matmul/split.h"

namespace lathe::cpu {
namespace {

constexpr int64_t kAlign = 64;

/// What a member keeps in its part of the workspace, in bytes; rises with m, n and k.
struct Scratch {
  int64_t panels, staged, sums, product, total;

  Scratch(const MatMulKernel& kernel, const GemmKernel& gemm, int64_t m, int64_t n, int64_t k) {
    const GemmFormat& format = gemm_format(kernel.panel);
    const MatMulBlock widest = largest_block(kernel, m, n, 0, true), deepest = largest_block(kernel, m, n, kDeep, true);
    const auto bytes = [&](int64_t columns) { return static_cast<int64_t>(format.bytes(k, columns)); };
    panels = std::min(bytes(widest.columns), std::max(kPanelBytes, bytes(deepest.columns)));
    staged = round_up(widest.rows * stride(k) * static_cast<int64_t>(size_of(kernel.panel)), kAlign);
    sums = round_up(widest.rows * widest.columns * static_cast<int64_t>(sizeof(float)), kAlign);
    product = static_cast<int64_t>(gemm.solo_workspace_bound(m, widest.columns, k));
    total = panels + staged + sums + product;
  }
  /// Of copies of rows of A: whole lines, an odd number of them, so that rows fall into different sets of a cache.
  static int64_t stride(int64_t k) { return (ceil_div(k, kLine) | 1) * kLine; }

 private:
  static constexpr int64_t kLine = 32;
  static constexpr int64_t kDeep = int64_t{1} << 30;
  /// What panels of the columns that largest_block() gives take at most, where they are more than the fewest.
  static constexpr int64_t kPanelBytes = 576 << 10;
};

/// One member's work.
class Member {
 public:
  Member(const MatMulKernel& kernel, const MatMulArgs& args, Team& team)
      : kernel_(kernel),
        gemm_(*find_gemm(kernel.product)),
        args_(args),
        split_(split_matmul(kernel, gemm_, args, team.size())),
        staged_(stages_a(kernel, args)),
        narrowed_(kernel.type != gemm_.y),
        in_place_(reads_b_in_place(kernel, args)) {
    const Scratch scratch(kernel, gemm_, args.m, args.n, args.k);
    panels_ = args.workspace + team.rank() * scratch.total;
    rows_ = panels_ + scratch.panels;
    sums_ = reinterpret_cast<float*>(rows_ + scratch.staged);
    product_ = reinterpret_cast<std::byte*>(sums_) + scratch.sums;
    for (int d = 0; d < args.rank; ++d) {
      if (args.b_step[d] == 0)
        sharing_ *= args.size[d];
      else
        sharing_ = 1;
    }
  }

  void run(Team& team) {
    for (int64_t item; (item = team.claim(split_.items)) >= 0;) {
      const Team::Range units = Team::part_of({0, split_.units}, item, split_.items);
      for (int64_t unit = units.begin; unit < units.end; ++unit) run_unit(unit);
    }
  }

 private:
  /// Of units that follow each other as many as can have B and its columns in common.
  void run_unit(int64_t unit) {
    const int64_t part = unit % split_.row_parts, sharer = unit / split_.row_parts % sharing_;
    const int64_t rest = unit / split_.row_parts / sharing_, column_part = rest % split_.column_parts;
    const Entry entry = entry_of(rest / split_.column_parts * sharing_ + sharer);
    if (is_vector_product(args_)) return multiply_vector(entry, column_part);
    const Team::Range rows = split_.rows(args_.m, part), columns = split_.columns(args_.n, column_part);
    if (rows.begin >= rows.end || columns.begin >= columns.end) return;
    if (in_place_) return multiply_in_place(entry, rows, columns);
    pack(entry, columns);
    multiply(entry, rows, columns);
  }

  /// Where an entry's matrices are.
  struct Entry {
    const std::byte *a, *b;
    std::byte* y;
  };
  Entry entry_of(int64_t index) const {
    int64_t a = 0, b = 0, y = 0;
    for (int d = args_.rank - 1; d >= 0; --d) {
      const int64_t i = index % args_.size[d];
      index /= args_.size[d];
      a += i * args_.a_step[d];
      b += i * args_.b_step[d];
      y += i * args_.y_step[d];
    }
    return {bytes(args_.a, a), bytes(args_.b, b), static_cast<std::byte*>(args_.y) + y * size_};
  }
  const std::byte* bytes(const void* data, int64_t elements) const {
    return static_cast<const std::byte*>(data) + elements * size_;
  }

  /// y = x W, or of A and a vector, as y' = x' A'.
  void multiply_vector(const Entry& entry, int64_t part) const {
    const bool row = args_.m == 1;
    const Team::Range columns = split_.columns(row ? args_.n : args_.m, part);
    if (columns.begin >= columns.end) return;
    MatrixView w =
        row ? MatrixView{entry.b, args_.b_row, args_.b_column} : MatrixView{entry.a, args_.a_column, args_.a_row};
    w.data = bytes(w.data, columns.begin * w.column);
    kernel_.moves->gemv(row ? entry.a : entry.b, row ? args_.a_column : args_.b_row, w, args_.k,
                        columns.end - columns.begin, entry.y + columns.begin * size_);
  }

  void multiply_in_place(const Entry& entry, const Team::Range& rows, const Team::Range& columns) const {
    kernel_.moves->in_place({bytes(entry.a, rows.begin * args_.a_row), args_.a_row, args_.a_column},
                            {bytes(entry.b, columns.begin), args_.b_row, 1}, rows.end - rows.begin,
                            columns.end - columns.begin, args_.k,
                            entry.y + (rows.begin * args_.n + columns.begin) * size_, args_.n);
  }

  void pack(const Entry& entry, const Team::Range& columns) {
    const std::byte* b = bytes(entry.b, columns.begin * args_.b_column);
    const int64_t count = columns.end - columns.begin;
    if (b == packed_ && count == packed_columns_) return;
    kernel_.moves->pack({b, args_.b_row, args_.b_column}, args_.k, count, panels_);
    packed_ = b;
    packed_columns_ = count;
  }

  void multiply(const Entry& entry, const Team::Range& rows, const Team::Range& columns) {
    GemmArgs args;
    args.m = rows.end - rows.begin;
    args.n = columns.end - columns.begin;
    args.k = args_.k;
    args.x = bytes(entry.a, rows.begin * args_.a_row);
    args.x_stride = args_.a_row;
    if (staged_) {
      kernel_.moves->stage({args.x, args_.a_row, args_.a_column}, args.m, args.k, rows_, Scratch::stride(args.k));
      args.x = rows_;
      args.x_stride = Scratch::stride(args.k);
    }
    args.w = panels_;
    std::byte* y = entry.y + (rows.begin * args_.n + columns.begin) * size_;
    args.y = narrowed_ ? static_cast<void*>(sums_) : y;
    args.y_stride = narrowed_ ? args.n : args_.n;
    args.workspace = product_;
    Team solo = Team::solo();
    gemm_.run(args, solo);
    if (narrowed_) kernel_.moves->narrow(sums_, args.n, args.m, args.n, y, args_.n);
  }

  const MatMulKernel& kernel_;
  const GemmKernel& gemm_;
  const MatMulArgs& args_;
  const MatMulSplit split_;
  const bool staged_, narrowed_, in_place_;
  const int64_t size_ = static_cast<int64_t>(size_of(kernel_.type));
  int64_t sharing_ = 1;  ///< entries in a row with one B
  std::byte *panels_, *rows_, *product_;
  float* sums_;
  const std::byte* packed_ = nullptr;  ///< what is in the panels
  int64_t packed_columns_ = 0;
};

}  // namespace

std::span<const MatMulKernel> matmul_kernels() {
  static constexpr MatMulKernel kernels[] = {
#define LATHE_MATMUL(type, isa, panel, product) \
  {#type "." #isa, Isa::isa, DType::type, DType::panel, product, &matmul_moves_##type##_##isa},
#include "kernels/cpu/matmul/kernels.inc"
#undef LATHE_MATMUL
  };
  return kernels;
}

size_t MatMulKernel::workspace_bytes(int64_t m, int64_t n, int64_t k, int team_size) const {
  return static_cast<size_t>(Scratch(*this, *find_gemm(product), m, n, k).total * team_size);
}

void MatMulKernel::run(const MatMulArgs& args, Team& team) const noexcept {
  int64_t elements = args.m * args.n;
  for (int d = 0; d < args.rank; ++d) elements *= args.size[d];
  if (elements > 0) Member(*this, args, team).run(team);
}

}  // namespace lathe::cpu
