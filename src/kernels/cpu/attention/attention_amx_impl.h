#pragma once
// Attention over bf16 in AMX tiles: the steps of attention_impl.h with 32 query rows (or a last 16) at a time and both
// products in blocks of 2 x 2 tiles. Scores, softmax and sums are FP32; weights are rounded to bf16 before they meet V.
#include "kernels/cpu/amx.h"
#include "kernels/cpu/attention/pairs.h"

namespace lathe::cpu {
namespace {

constexpr int64_t kTileRows = 16;
constexpr int64_t kBlock = 2 * kTileRows;  // rows at a time

/// c[i][j] for i < 16 kTiles and j in the panels p and p + 1: rows of A (a_stride bytes apart) times two panels of B
/// (b_stride bytes from one row of cells to the next is 64), `steps` times kDeep deep.
template <int kTiles>
LATHE_SIMD void amx_block(const char* a, int64_t a_stride, const char* b0, const char* b1, int64_t steps, char* c,
                          int64_t c_stride) {
  memory_is_written();
  _tile_zero(0);
  _tile_zero(1);
  if constexpr (kTiles == 2) {
    _tile_zero(2);
    _tile_zero(3);
  }
  for (int64_t i = 0; i < steps; ++i, a += 64, b0 += 1024, b1 += 1024) {
    _tile_loadd(4, a, a_stride);
    _tile_loadd(6, b0, 64);
    _tile_loadd(7, b1, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    if constexpr (kTiles == 2) {
      _tile_loadd(5, a + kTileRows * a_stride, a_stride);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, c, c_stride);
  _tile_stored(1, c + 64, c_stride);
  if constexpr (kTiles == 2) {
    _tile_stored(2, c + kTileRows * c_stride, c_stride);
    _tile_stored(3, c + kTileRows * c_stride + 64, c_stride);
  }
  memory_is_written();
}

struct AmxTask : PairTask {
  /// Up to 16 kTiles rows from `query` against the packed chunk; rows_done counts from the block's start and finds the
  /// running sums.
  template <int kTiles>
  void rows(int64_t query, int64_t count, int64_t rows_done, bool opening, bool closing) {
    const PairLayout l = at;
    constexpr int64_t kAll = kTiles * kTileRows;
    const int64_t d = args.head_dim;
    Team::Range seen[kAll];
    const Team::Range needed = seen_keys(query, static_cast<int>(count), seen);
    const int64_t begin_key = needed.begin / kDeep * kDeep, end_key = round_up(needed.end, kDeep);

    if (opening)
      for (int64_t r = 0; r < count; ++r) ask_for_next_head(this->q(query + r));
    int64_t q_stride = 0;
    const char* q = reinterpret_cast<const char*>(queries(query, count, kAll, l.width, q_stride));
    float* strip = work + l.strip;
    const int64_t panel_bytes = l.width / 2 * 64;
    const char* kt = reinterpret_cast<const char*>(work + l.kt);
    for (int64_t j = begin_key; j < end_key; j += kDeep) {
      const char* b = kt + j / 16 * panel_bytes;
      amx_block<kTiles>(q, 2 * q_stride, b, b + panel_bytes, l.width / kDeep, reinterpret_cast<char*>(strip + j),
                        4 * l.strip_stride);
    }

    hide(strip, l.strip_stride, static_cast<int>(count), begin_key, end_key, seen, work + l.bias);
    float *top = work + l.top + rows_done, *total = work + l.total + rows_done;
    if (opening)
      for (int64_t r = 0; r < kAll; ++r) {
        top[r] = kNothing;
        total[r] = 0;
      }
    float rescale[kAll];
    bf16* weights = reinterpret_cast<bf16*>(work + l.p);
    for (int64_t r = 0; r < count; r += 8)
      softmax_rows_bf16<8>(strip + r * l.strip_stride + begin_key, l.strip_stride, end_key - begin_key, factor(),
                           top + r, total + r, rescale + r, weights + r * 2 * l.p_stride + begin_key, 2 * l.p_stride);

    float* product = work + l.out;
    const char* v = reinterpret_cast<const char*>(work + l.v + begin_key / 2 * 16);
    for (int64_t c = 0; c < l.width; c += kDeep) {
      const char* b = v + c / 16 * l.v_panel * 4;
      amx_block<kTiles>(reinterpret_cast<const char*>(weights + begin_key), 4 * l.p_stride, b, b + l.v_panel * 4,
                        (end_key - begin_key) / kDeep, reinterpret_cast<char*>(product + c), 4 * l.width);
    }
    for (int64_t r = 0; r < count; ++r)
      finish(query + r, rows_done + r, product + r * l.width, rescale[r], opening, closing, d);
  }

  /// Joins a row's product with the chunks before and, after the last one, stores the row.
  void finish(int64_t query, int64_t row, const float* product, float rescale, bool opening, bool closing,
              int64_t d) const {
    float* sums = work + at.sums + row * at.width;
    const f32v shrink = set1(rescale), inverse = set1(reciprocal(work[at.total + row]));
    bf16* y = out(query);
    for_row(
        d, [=](int64_t c, auto lanes) __attribute__((always_inline)) {
          f32v x = load(product + c);
          if (!opening) x = fma(load(sums + c), shrink, x);
          if (closing)
            store(y + c, x * inverse, lanes);
          else
            store(sums + c, x);
        });
  }

  /// Query rows [begin, end) against the packed chunk.
  void block(int64_t begin, int64_t end, bool opening, bool closing) {
    for (int64_t i = begin; i < end; i += kBlock) {
      const int64_t count = least(kBlock, end - i);
      if (count > kTileRows)
        rows<2>(i, count, i - begin, opening, closing);
      else
        rows<1>(i, count, i - begin, opening, closing);
    }
  }
};

}  // namespace

void attention_bf16_amx_bf16(const AttentionArgs& args, Team& team) noexcept;
size_t attention_workspace_bf16_amx_bf16(int64_t max_seq, int head_dim, int team_size) noexcept;

void attention_bf16_amx_bf16(const AttentionArgs& args, Team& team) noexcept {
  const PairLayout at = pair_layout_of(longest(args), args.head_dim, kBlock);
  float* work = static_cast<float*>(args.workspace) + team.rank() * at.size;
  load_tile_heights({{16, 16, 16, 16, 16, 16, 16, 16}});
  for_member_rows(args, team, kTileRows, [&](const Sequence& s, int head, int64_t begin, int64_t end) {
    AmxTask task{{{args, s, head}, at, work}};
    walk_head(
        task, begin, end, kBlock, [&](int64_t from, int64_t count) { task.pack(from, count); },
        [&](int64_t i, int64_t stop, bool opening, bool closing) { task.block(i, stop, opening, closing); });
  });
  _tile_release();
}

size_t attention_workspace_bf16_amx_bf16(int64_t max_seq, int head_dim, int team_size) noexcept {
  return static_cast<size_t>(pair_layout_of(max_seq, head_dim, kBlock).size * team_size) * sizeof(float);
}

}  // namespace lathe::cpu
