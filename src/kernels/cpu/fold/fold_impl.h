#pragma once
// The kernels of kernels.inc for the instruction set that the including source is compiled for.
#include "kernels/cpu/fold/sums.h"

namespace lathe::cpu {
namespace {

/// Walks dimensions in row-major order.
struct FoldPlace {
  int64_t index[8] = {}, at = 0;

  void seek(const FoldDims& dims, int rank, int64_t i) {
    for (int d = rank - 1; d >= 0; --d) {
      index[d] = i % dims.size[d];
      i /= dims.size[d];
      at += index[d] * dims.step[d];
    }
  }
  void next(const FoldDims& dims, int rank) {
    for (int d = rank - 1; d >= 0; --d) {
      at += dims.step[d];
      if (++index[d] < dims.size[d]) return;
      at -= dims.size[d] * dims.step[d];
      index[d] = 0;
    }
  }
};

int64_t count_of(const FoldDims& dims, int rank) {
  int64_t n = 1;
  for (int d = 0; d < rank; ++d) n *= dims.size[d];
  return n;
}

/// Sums side by side: enough that no addition waits for the one before.
constexpr int kSums = 32;
/// Elements that are made lanes at a time.
constexpr int64_t kFoldChunk = 512;

/// n lanes into kSums sums.
template <Fold kFold, class Lane, class A>
void fold_lanes(const Lane* x, int64_t n, A* sums) {
  int64_t i = 0;
  for (; i + kSums <= n; i += kSums)
    for (int j = 0; j < kSums; ++j) sums[j] = join<kFold>(sums[j], static_cast<A>(x[i + j]));
  for (int j = 0; i < n; ++i, ++j) sums[j] = join<kFold>(sums[j], static_cast<A>(x[i]));
}

/// One result at a time: the innermost folded dimension is what is read in a row.
template <Fold kFold, class Lane>
void fold_rows(const FoldArgs& args, Team& team) {
  using A = typename SumOf<Lane>::type;
  const int64_t element = bits_of(args.type) / 8;
  const int outer = args.folded.rank - 1;
  const int64_t n = outer < 0 ? 1 : args.folded.size[outer], step = outer < 0 ? 1 : args.folded.step[outer];
  const int64_t runs = outer < 0 ? 1 : count_of(args.folded, outer);
  const Team::Range share = team.share(count_of(args.kept, args.kept.rank));
  FoldPlace kept;
  kept.seek(args.kept, args.kept.rank, share.begin);
  for (int64_t i = share.begin; i < share.end; ++i, kept.next(args.kept, args.kept.rank)) {
    A sums[kSums];
    for (A& sum : sums) sum = start_of<kFold, A>(args.type);
    FoldPlace folded;
    for (int64_t run = 0; run < runs; ++run, folded.next(args.folded, outer))
      for (int64_t c = 0; c < n; c += kFoldChunk) {
        Lane room[kFoldChunk];
        const int64_t part = n - c < kFoldChunk ? n - c : kFoldChunk;
        const char* x = static_cast<const char*>(args.x) + (kept.at + folded.at + c * step) * element;
        fold_lanes<kFold>(lanes_at(args.type, x, step, part, room), part, sums);
      }
    for (int width = kSums / 2; width > 0; width /= 2)
      for (int j = 0; j < width; ++j) sums[j] = join<kFold>(sums[j], sums[j + width]);
    store_sum(args.type, args.fold == Fold::mean ? mean_of(sums[0], n * runs) : sums[0], args.y, i);
  }
}

/// A chunk of results at a time, which lie side by side in x: the innermost kept dimension.
template <Fold kFold, class Lane>
void fold_columns(const FoldArgs& args, Team& team) {
  using A = typename SumOf<Lane>::type;
  const int64_t element = bits_of(args.type) / 8;
  const int outer = args.kept.rank - 1;
  const int64_t m = args.kept.size[outer], chunks = (m + kFoldChunk - 1) / kFoldChunk;
  const int64_t terms = count_of(args.folded, args.folded.rank);
  const Team::Range share = team.share(count_of(args.kept, outer) * chunks);
  for (int64_t i = share.begin; i < share.end; ++i) {
    const int64_t row = i / chunks, first = i % chunks * kFoldChunk;
    const int64_t n = m - first < kFoldChunk ? m - first : kFoldChunk;
    FoldPlace kept, folded;
    kept.seek(args.kept, outer, row);
    A sums[kFoldChunk];
    for (int64_t j = 0; j < n; ++j) sums[j] = start_of<kFold, A>(args.type);
    for (int64_t term = 0; term < terms; ++term, folded.next(args.folded, args.folded.rank)) {
      Lane room[kFoldChunk];
      const char* at = static_cast<const char*>(args.x) + (kept.at + first + folded.at) * element;
      const Lane* x = lanes_at(args.type, at, 1, n, room);
      for (int64_t j = 0; j < n; ++j) sums[j] = join<kFold>(sums[j], static_cast<A>(x[j]));
    }
    for (int64_t j = 0; j < n; ++j)
      store_sum(args.type, args.fold == Fold::mean ? mean_of(sums[j], terms) : sums[j], args.y, row * m + first + j);
  }
}

template <Fold kFold, class Lane>
void fold(const FoldArgs& args, Team& team) {
  if (args.kept.rank > 0 && args.kept.step[args.kept.rank - 1] == 1)
    fold_columns<kFold, Lane>(args, team);
  else
    fold_rows<kFold, Lane>(args, team);
}

template <class Lane>
void fold(const FoldArgs& args, Team& team) {
  for (int d = 0; d < args.kept.rank; ++d)
    if (args.kept.size[d] == 0) return;
  switch (args.fold) {
    case Fold::sum:
    case Fold::mean: return fold<Fold::sum, Lane>(args, team);
    case Fold::max: return fold<Fold::max, Lane>(args, team);
    case Fold::min: return fold<Fold::min, Lane>(args, team);
    case Fold::prod: return fold<Fold::prod, Lane>(args, team);
  }
}

}  // namespace

#define LATHE_FOLD(isa)                                                                     \
  LATHE_ONLY_##isa(void fold_##isa(const FoldArgs& args, Team& team) noexcept;              \
                   void fold_##isa(const FoldArgs& args, Team& team) noexcept {             \
                     of_lane(args.type, [&]<class Lane>(Lane) { fold<Lane>(args, team); }); \
                   })
#include "kernels/cpu/fold/kernels.inc"
#undef LATHE_FOLD

}  // namespace lathe::cpu
