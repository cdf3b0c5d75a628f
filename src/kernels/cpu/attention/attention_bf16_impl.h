#pragma once
// Attention over bf16 with vdpbf16ps: the same steps as attention_impl.h, with cells of two bf16 (pairs.h) in both
// products. Scores, softmax and sums are FP32; weights are rounded to bf16 before they meet V.
#include "kernels/cpu/attention/pairs.h"

namespace lathe::cpu {
namespace {

struct DotTask : PairTask {
  /// kM rows from `query` against the packed chunk; rows_done counts from the block's start and finds the running sums.
  template <int kM>
  void rows(int64_t query, int64_t rows_done, bool opening, bool closing) {
    const PairLayout& l = at;
    // Copies: what the lambdas below capture stays in registers.
    const int64_t d = args.head_dim, out_stride = args.out_stride, strip_stride = l.strip_stride, width = l.width;
    Team::Range seen[kM];
    const Team::Range needed = seen_keys(query, kM, seen);
    const int64_t first = needed.begin / kWidth, end = (needed.end + kWidth - 1) / kWidth, begin_key = first * kWidth;
    const int64_t pairs = (d + 1) / 2;

    if (opening)
      for (int64_t r = 0; r < kM; ++r) ask_for_next_head(this->q(query + r));
    int64_t q_stride = 0;
    const bf16* q = queries(query, kM, kM, 2 * pairs, q_stride);
    float* strip = work + l.strip;
    tiles<kM>(
        q, q_stride, work + l.kt, l.width / 2 * 16, pairs, first,
        end, [=](int r, int64_t p, f32v v) __attribute__((always_inline)) {
          store(strip + r * strip_stride + p * kWidth, v);
        });

    hide(strip, strip_stride, kM, begin_key, end * kWidth, seen, work + l.bias);
    float *top = work + l.top + rows_done, *total = work + l.total + rows_done;
    if (opening)
      for (int r = 0; r < kM; ++r) {
        top[r] = kNothing;
        total[r] = 0;
      }
    float rescale[kM], inverse[kM];
    bf16* weights = reinterpret_cast<bf16*>(work + l.p);
    softmax_rows_bf16<kM>(strip + begin_key, strip_stride, (end - first) * kWidth, factor(), top, total, rescale,
                          weights, 2 * l.p_stride);
    for (int r = 0; r < kM; ++r) inverse[r] = reciprocal(total[r]);

    const int64_t depth = most(0, round_up(least(end * kWidth, keys), 2) - begin_key) / 2;
    bf16* out = this->out(query);
    float* sums = work + l.sums + rows_done * l.width;
    tiles<kM>(
        weights, 2 * l.p_stride, work + l.v + begin_key / 2 * 16, l.v_panel, depth, 0,
        round_up(d, 16) / 16, [=](int r, int64_t p, f32v v) __attribute__((always_inline)) {
          const int64_t c = p * kWidth;
          float* sum = sums + r * width + c;
          if (!opening) v = fma(load(sum), set1(rescale[r]), v);
          if (!closing) return store(sum, v);
          v = v * set1(inverse[r]);
          if (c + kWidth <= d)
            store(out + r * out_stride + c, v);
          else
            store(out + r * out_stride + c, v, static_cast<int>(d - c));
        });
  }

  /// Query rows [begin, end) against the packed chunk.
  void block(int64_t begin, int64_t end, bool opening, bool closing) {
    int64_t i = begin;
    for (; i + kRows <= end; i += kRows) rows<kRows>(i, i - begin, opening, closing);
    switch (end - i) {
      case 1: rows<1>(i, i - begin, opening, closing); break;
      case 2: rows<2>(i, i - begin, opening, closing); break;
      case 3: rows<3>(i, i - begin, opening, closing); break;
      case 4: rows<4>(i, i - begin, opening, closing); break;
      case 5: rows<5>(i, i - begin, opening, closing); break;
      default: break;
    }
  }
};

}  // namespace

void attention_bf16_avx512_bf16(const AttentionArgs& args, Team& team) noexcept;
size_t attention_workspace_bf16_avx512_bf16(int64_t max_seq, int head_dim, int team_size) noexcept;

void attention_bf16_avx512_bf16(const AttentionArgs& args, Team& team) noexcept {
  const PairLayout at = pair_layout_of(longest(args), args.head_dim, kRows);
  float* work = static_cast<float*>(args.workspace) + team.rank() * at.size;
  for_member_rows(args, team, 2 * kRows, [&](const Sequence& s, int head, int64_t begin, int64_t end) {
    DotTask task{{{args, s, head}, at, work}};
    walk_head(
        task, begin, end, even_rows(end - begin), [&](int64_t from, int64_t count) { task.pack(from, count); },
        [&](int64_t i, int64_t stop, bool opening, bool closing) { task.block(i, stop, opening, closing); });
  });
}

size_t attention_workspace_bf16_avx512_bf16(int64_t max_seq, int head_dim, int team_size) noexcept {
  return static_cast<size_t>(pair_layout_of(max_seq, head_dim, kRows).size * team_size) * sizeof(float);
}

}  // namespace lathe::cpu
