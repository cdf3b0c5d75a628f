#pragma once
#include "base/round.h"
#include "kernels/cpu/attention/attention.h"
#include "kernels/cpu/attention/schedule.h"
#include "kernels/cpu/attention/strip.h"

namespace lathe::cpu {
namespace {

using namespace lathe::simd;

LATHE_SIMD int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
LATHE_SIMD int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

constexpr int64_t kChunk = 512;       // keys packed at a time
constexpr int64_t kQueryBlock = 192;  // rows that share one packing of a chunk in sequences longer than that
constexpr float kLog2E = 1.44269504f;

/// One head of one sequence, and the chunk of its keys that is packed: [chunk, chunk + keys).
template <class T>
struct HeadView {
  const AttentionArgs& args;
  Sequence s;
  int head;
  int64_t chunk = 0, keys = 0;

  const T* row(const void* base, int64_t token, int64_t stride) const {
    return static_cast<const T*>(base) + token * stride + static_cast<int64_t>(head) * args.head_dim;
  }
  const T* q(int64_t query) const { return row(args.q, s.begin + query, args.q_stride); }
  const T* k(int64_t key) const { return row(args.k, s.begin + key, args.k_stride); }
  const T* v(int64_t key) const { return row(args.v, s.begin + key, args.v_stride); }
  T* out(int64_t query) const { return const_cast<T*>(row(args.out, s.begin + query, args.out_stride)); }

  /// Brings the next head's part of a row of Q, K or V near. Rows lie far apart, so that no prefetcher does it, and
  /// most of what a head reads comes from the last cache.
  void ask_for_next_head(const T* here) const {
    if (head + 1 >= args.heads) return;
    const char* at = reinterpret_cast<const char*>(here + args.head_dim);
    for (int64_t i = 0; i < args.head_dim * static_cast<int64_t>(sizeof(T)); i += 64) _mm_prefetch(at + i, _MM_HINT_T1);
  }

  bool sees_all() const { return !args.causal && args.window_left < 0 && args.window_right < 0; }

  /// The first key of [low, high) whose position is `position` or more, else high.
  int64_t first_at(int64_t low, int64_t high, int64_t position) const {
    const int32_t* at = args.positions + s.begin;
    if (low < high && at[low] >= position) return low;
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      if (at[middle] < position)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }

  /// The keys of the sequence that a query sees by its position. Positions rise by one or more: they move the ends of a
  /// window towards the query.
  Team::Range visible(int64_t query) const {
    Team::Range range = {0, s.tokens};
    if (args.window_left >= 0) range.begin = most(0, query - args.window_left);
    if (args.window_right >= 0) range.end = least(range.end, query + args.window_right + 1);
    if (args.positions != nullptr) {
      const int64_t here = args.positions[s.begin + query];
      if (args.window_left >= 0) range.begin = first_at(range.begin, query, here - args.window_left);
      if (args.window_right >= 0) range.end = first_at(query + 1, range.end, here + args.window_right + 1);
    }
    if (args.causal) range.end = least(range.end, query + 1);
    return range;
  }

  /// The keys outside which no query of [begin, end) sees any.
  Team::Range span(int64_t begin, int64_t end) const {
    if (sees_all() || begin >= end) return {0, s.tokens};
    return {visible(begin).begin, visible(end - 1).end};
  }

  /// seen[r]: the keys of the chunk that query + r sees. Answers the part of [0, keys) outside which none sees any.
  Team::Range seen_keys(int64_t query, int rows, Team::Range* seen) const {
    if (sees_all()) {
      for (int r = 0; r < rows; ++r) seen[r] = {0, keys};
      return {0, keys};
    }
    int64_t low = keys, high = 0;
    for (int r = 0; r < rows; ++r) {
      const Team::Range all = visible(query + r);
      seen[r] = {most(0, all.begin - chunk), least(keys, all.end - chunk)};
      low = least(low, seen[r].begin);
      high = most(high, seen[r].end);
    }
    return {least(low, high), high};
  }

  /// Hides what each row of the strip does not see, in columns [begin, end).
  void hide(float* strip, int64_t stride, int rows, int64_t begin, int64_t end, const Team::Range* seen,
            const float* bias) const {
    for (int r = 0; r < rows; ++r) {
      float* x = strip + r * stride;
      if (seen[r].begin > begin || seen[r].end < end) hide_outside(x, begin, end, seen[r].begin, seen[r].end);
      if (args.keep != nullptr) add_bias(x + begin, bias + begin, end - begin);
    }
  }
};

/// What a row's sum of weights is divided by, as a factor; a row without weights gives zeros, NaN stays.
LATHE_SIMD float reciprocal(float total) { return total == 0 ? 0.0f : 1 / total; }

/// The order of work on one head's query rows [begin, end). pack(first key, keys) comes before block(first row, end
/// row, opening, closing), which takes rows through the packed chunk; opening: it is their first chunk, closing: their
/// last. Sequences of one chunk hand out `rows_at_once` rows at a time, longer ones kQueryBlock under running sums, and
/// of these only keys that some row sees: chunks begin at the same keys for all rows, or kPiece's multiples later.
template <class View, class Pack, class Block>
LATHE_SIMD void walk_head(const View& view, int64_t begin, int64_t end, int64_t rows_at_once, Pack pack, Block block) {
  constexpr int64_t kPiece = 64;
  const int64_t keys = view.s.tokens;
  const bool whole = keys <= kChunk;
  if (whole) pack(0, keys);
  for (int64_t i = begin; i < end; i += whole ? rows_at_once : kQueryBlock) {
    if (whole) {
      block(i, least(i + rows_at_once, end), true, true);
      continue;
    }
    const int64_t stop = least(i + kQueryBlock, end);
    const Team::Range seen = view.span(i, stop);
    const int64_t first = seen.begin / kChunk * kChunk;
    for (int64_t from = first; from == first || from < seen.end; from += kChunk) {
      const int64_t low = most(from, seen.begin / kPiece * kPiece);
      pack(low, least(from + kChunk, seen.end) - low);
      block(i, stop, from == first, from + kChunk >= seen.end);
    }
  }
}

}  // namespace
}  // namespace lathe::cpu
