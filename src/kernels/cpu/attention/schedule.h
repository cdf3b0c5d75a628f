#pragma once
#include "kernels/cpu/attention/attention.h"
#include "kernels/cpu/simd.h"

// How a team shares attention: every (sequence, head) is cut into blocks of query rows, the blocks stand in one row,
// and stretches of equal cost are dealt out. Where the cuts fall changes no row's arithmetic.
namespace lathe::cpu {
namespace {

struct Sequence {
  int64_t begin, tokens;
};

LATHE_SIMD Sequence sequence_of(const AttentionArgs& args, int64_t b) {
  if (args.cu_seqlens == nullptr) return {b * args.seq, args.seq};
  return {args.cu_seqlens[b], args.cu_seqlens[b + 1] - args.cu_seqlens[b]};
}

/// Cost of a block of rows in keys times rows; the constant stands for what a row costs beside its keys.
LATHE_SIMD int64_t block_cost(const Sequence& s, int64_t block_rows) { return block_rows * (s.tokens + 24); }
LATHE_SIMD int64_t block_count(const Sequence& s, int64_t block_rows) {
  return (s.tokens + block_rows - 1) / block_rows;
}

LATHE_SIMD int64_t longest(const AttentionArgs& args) {
  int64_t most = args.cu_seqlens == nullptr ? args.seq : 0;
  if (args.cu_seqlens == nullptr) return most;
  for (int64_t b = 0; b < args.batch; ++b) {
    const int64_t n = args.cu_seqlens[b + 1] - args.cu_seqlens[b];
    most = n > most ? n : most;
  }
  return most;
}

/// First block whose start lies at or after `from`, of blocks that start at 0, cost, 2 cost, ...
LATHE_SIMD int64_t first_block(int64_t from, int64_t cost, int64_t count) {
  const int64_t i = from <= 0 ? 0 : (from + cost - 1) / cost;
  return i < count ? i : count;
}

/// f(sequence, head, first row, end row) for each stretch of rows within one head that the member is dealt. A head that
/// is cut is packed by each that has a part of it: where there are many heads, they stay whole.
template <class F>
LATHE_SIMD void for_member_rows(const AttentionArgs& args, Team& team, int64_t block_rows, F f) {
  constexpr int64_t kHeadsAMember = 4, kItemsAMember = 8;
  int64_t total = 0;
  for (int64_t b = 0; b < args.batch; ++b) {
    const Sequence s = sequence_of(args, b);
    total += args.heads * block_count(s, block_rows) * block_cost(s, block_rows);
  }
  const int64_t heads = args.batch * args.heads, members = team.size();
  const bool whole = heads >= kHeadsAMember * members;
  const int64_t most = kItemsAMember * members;
  const int64_t items = members == 1 ? 1 : !whole ? members : heads < most ? heads : most;
  for (int64_t item; (item = team.claim(items)) >= 0;) {
    const int64_t begin = total * item / items, end = total * (item + 1) / items;
    int64_t at = 0;  // cost of all blocks before
    for (int64_t b = 0; b < args.batch && at < end; ++b) {
      const Sequence s = sequence_of(args, b);
      const int64_t blocks = block_count(s, block_rows);
      const bool one = whole && blocks > 0;
      const int64_t count = one ? 1 : blocks, rows = one ? blocks * block_rows : block_rows;
      const int64_t cost = block_cost(s, rows);
      for (int h = 0; h < args.heads; ++h, at += count * cost) {
        const int64_t first = first_block(begin - at, cost, count), last = first_block(end - at, cost, count);
        if (first < last) f(s, h, first * rows, last * rows < s.tokens ? last * rows : s.tokens);
      }
    }
  }
}

}  // namespace
}  // namespace lathe::cpu
