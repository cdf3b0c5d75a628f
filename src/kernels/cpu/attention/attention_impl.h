#pragma once
// Attention with FP32 products for any storage type, on the vectors of the instruction set that the including source is
// compiled for.
//
// A member packs up to kChunk keys of one head, K transposed and scaled to base-2 exponents, V in columns of one
// vector, and then takes its query rows kRows at a time: scores into a strip, softmax of the strip in place, strip
// times V. Longer sequences take their chunks in order under a running maximum (online softmax), for kQueryBlock rows
// at a time.
#include "kernels/cpu/attention/head_view.h"
#include "kernels/cpu/attention/tile.h"
#include "kernels/cpu/attention/transpose.h"

namespace lathe::cpu {
namespace {

/// Where a member's workspace holds what, in floats; grows with the length up to kChunk keys.
struct Layout {
  int64_t keys, width;  // keys of a chunk and head_dim, in whole vectors
  int64_t v_panel;      // from one column vector of V to the next; off the powers of two that would share cache sets
  int64_t kt, v, strip, q, bias, sums, top, total, size;
};

LATHE_SIMD Layout layout_of(int64_t longest_sequence, int head_dim) {
  Layout at = {};
  at.keys = round_up(most(1, least(longest_sequence, kChunk)), kWidth);
  at.width = round_up(head_dim, kWidth);
  at.v_panel = at.keys * kWidth + 16;
  at.v = at.kt + at.keys * at.width;
  at.strip = at.v + at.v_panel * (at.width / kWidth);
  at.q = at.strip + at.keys * kRows;
  at.bias = at.q + at.width * kRows;
  at.sums = at.bias + at.keys;
  const int64_t rows = longest_sequence > kChunk ? kQueryBlock : kRows;
  at.top = at.sums + rows * at.width;
  at.total = at.top + rows;
  at.size = round_up(at.total + rows, 16);
  return at;
}

template <class T>
struct HeadTask : HeadView<T> {
  const Layout at;
  float* work;
  using HeadView<T>::args, HeadView<T>::keys, HeadView<T>::chunk;

  void pack(int64_t from, int64_t count) {
    chunk = from;
    keys = count;
    const int64_t d = args.head_dim;
    const Layout l = at;
    for (int64_t j = 0; j < count; j += kWidth)
      pack_transposed(this->k(from + j), args.k_stride, static_cast<int>(least(count - j, kWidth)), d,
                      args.scale * kLog2E, work + l.kt + j * d);
    for (int64_t j = 0; j < count; ++j) {
      const T* v = this->v(from + j);
      this->ask_for_next_head(this->k(from + j));
      this->ask_for_next_head(v);
      float* out = work + l.v + j * kWidth;
      for_row(
          d, [=](int64_t c, auto lanes)
                 __attribute__((always_inline)) { store(out + c / kWidth * l.v_panel, load(v + c, lanes)); });
    }
    if (args.keep != nullptr)
      keep_bias(args.keep, args.keep_type, this->s.begin + from, count, round_up(count, kWidth), work + l.bias);
  }

  /// Adds the bias, as base-2 exponents, to rows of the strip in columns [begin, end).
  void add_score_bias(float* strip, int64_t query, int rows, int64_t begin, int64_t end) const {
    const float* of_head =
        args.bias + this->s.begin / args.seq * args.bias_strides[0] + this->head * args.bias_strides[1] + chunk;
    const int64_t stride = at.keys;
    for (int r = 0; r < rows; ++r) {
      const float* from = of_head + (query + r) * args.bias_strides[2];
      float* x = strip + r * stride;
      for_row(
          end - begin, [=](int64_t c, auto lanes) __attribute__((always_inline)) {
            const int64_t i = begin + c;
            store(x + i, load(x + i, lanes) + exponent_of_bias(load(from + i, lanes)), lanes);
          });
    }
  }

  /// kM rows from `query` against the packed chunk; rows_done counts from the block's start and finds the running sums.
  template <int kM>
  void rows(int64_t query, int64_t rows_done, bool opening, bool closing) {
    const Layout& l = at;
    // Copies: what the lambdas below capture stays in registers.
    const int64_t d = args.head_dim, out_stride = args.out_stride, strip_stride = l.keys, width = l.width;
    Team::Range seen[kM];
    const Team::Range needed = this->seen_keys(query, kM, seen);
    const int64_t first = needed.begin / kWidth, end = (needed.end + kWidth - 1) / kWidth, begin_key = first * kWidth;

    if (opening)
      for (int r = 0; r < kM; ++r) this->ask_for_next_head(this->q(query + r));
    const float* q = work + l.q;
    int64_t q_stride = d;
    if constexpr (sizeof(T) == sizeof(float)) {
      q = this->q(query);
      q_stride = args.q_stride;
    } else {
      for (int r = 0; r < kM; ++r) {
        const T* x = this->q(query + r);
        float* wide = work + l.q + r * d;
        for_row(
            d, [=](int64_t c, auto lanes)
                   __attribute__((always_inline)) { store(wide + c, load(x + c, lanes), lanes); });
      }
    }
    float* strip = work + l.strip;
    tiles<kM>(
        q, q_stride, work + l.kt, d * kWidth, d, first,
        end, [=](int r, int64_t p, f32v v) __attribute__((always_inline)) {
          store(strip + r * strip_stride + p * kWidth, v);
        });

    if (args.bias != nullptr) add_score_bias(strip, query, kM, begin_key, least(end * kWidth, keys));
    this->hide(strip, strip_stride, kM, begin_key, end * kWidth, seen, work + l.bias);
    float *top = work + l.top + rows_done, *total = work + l.total + rows_done;
    if (opening)
      for (int r = 0; r < kM; ++r) {
        top[r] = kNothing;
        total[r] = 0;
      }
    float rescale[kM], inverse[kM];
    softmax_rows<kM>(strip + begin_key, strip_stride, (end - first) * kWidth, top, total, rescale);
    for (int r = 0; r < kM; ++r) inverse[r] = reciprocal(total[r]);

    const int64_t depth = most(0, least(end * kWidth, keys) - begin_key);
    T* out = this->out(query);
    float* sums = work + l.sums + rows_done * l.width;
    tiles<kM>(
        strip + begin_key, strip_stride, work + l.v + begin_key * kWidth, l.v_panel, depth, 0,
        l.width / kWidth, [=](int r, int64_t p, f32v v) __attribute__((always_inline)) {
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

template <class T>
void attention(const AttentionArgs& args, Team& team) noexcept {
  const Layout at = layout_of(longest(args), args.head_dim);
  float* work = static_cast<float*>(args.workspace) + team.rank() * at.size;
  for_member_rows(args, team, 2 * kRows, [&](const Sequence& s, int head, int64_t begin, int64_t end) {
    HeadTask<T> task{{args, s, head}, at, work};
    walk_head(
        task, begin, end, even_rows(end - begin), [&](int64_t from, int64_t count) { task.pack(from, count); },
        [&](int64_t i, int64_t stop, bool opening, bool closing) { task.block(i, stop, opening, closing); });
  });
}

[[maybe_unused]] size_t attention_workspace(int64_t max_seq, int head_dim, int team_size) {
  return static_cast<size_t>(layout_of(max_seq, head_dim).size * team_size) * sizeof(float);
}

}  // namespace

#define LATHE_ATTENTION(type, isa)                                                                         \
  LATHE_ONLY_##isa(                                                                                        \
      void attention_##type##_##isa(const AttentionArgs& args, Team& team) noexcept;                       \
      size_t attention_workspace_##type##_##isa(int64_t max_seq, int head_dim, int team_size) noexcept;    \
      void attention_##type##_##isa(const AttentionArgs& args, Team& team) noexcept {                      \
        attention<type>(args, team);                                                                       \
      } size_t attention_workspace_##type##_##isa(int64_t max_seq, int head_dim, int team_size) noexcept { \
        return attention_workspace(max_seq, head_dim, team_size);                                          \
      })
#include "kernels/cpu/attention/kernels.inc"
#undef LATHE_ATTENTION

}  // namespace lathe::cpu
