#pragma once
// Packing, softmax and workspace for the kernels whose products take pairs of bf16 (vdpbf16ps, AMX). Both use one form:
// a cell holds two neighbours of the summed dimension, a panel is 16 columns of cells, which is also what a tile
// register of AMX holds. K^T: cell (c, j) = k[j][2c], k[j][2c+1]. V: cell (j, c) = v[2j][c], v[2j+1][c].
#include "kernels/cpu/attention/head_view.h"
#include "kernels/cpu/attention/pair_panels.h"
#include "kernels/cpu/attention/tile.h"

namespace lathe::cpu {
namespace {

constexpr int64_t kDeep =
    32;  // elements of the summed dimension that an AMX step takes; all is padded to it with zeros

/// Where a member's workspace holds what, in cells; every part starts at a multiple of 64 bytes.
struct PairLayout {
  int64_t keys, width;                      // keys of a chunk and head_dim, padded to kDeep
  int64_t strip_stride, p_stride, v_panel;  // off the powers of two that would share cache sets
  int64_t kt, v, strip, p, q, out, bias, sums, top, total, size;
};

LATHE_SIMD PairLayout pair_layout_of(int64_t longest_sequence, int head_dim, int64_t rows_at_once) {
  PairLayout at = {};
  at.keys = round_up(most(1, least(longest_sequence, kChunk)), kDeep);
  at.width = round_up(head_dim, kDeep);
  at.strip_stride = at.keys + 16;
  at.p_stride = at.keys / 2 + 16;
  at.v_panel = at.keys / 2 * 16 + 16;
  at.v = at.kt + at.keys * at.width / 2;
  at.strip = at.v + at.v_panel * (at.width / 16);
  at.p = at.strip + rows_at_once * at.strip_stride;
  at.q = at.p + rows_at_once * at.p_stride;
  at.out = at.q + rows_at_once * at.width / 2;
  at.bias = at.out + rows_at_once * at.width;
  at.sums = at.bias + at.keys;
  const int64_t rows = longest_sequence > kChunk ? kQueryBlock : round_up(rows_at_once, 16);
  at.top = at.sums + rows * at.width;
  at.total = at.top + rows;
  at.size = at.total + rows;
  return at;
}

/// softmax_rows() for scores that are still to be multiplied by `scale` > 0, with the weights going to bf16 in p
/// (p_stride in elements). top[r] is in unscaled scores: the largest one's difference from itself is exactly 0, which
/// a scaled and rounded maximum's need not be, by thousands where scores are huge.
template <int kM>
LATHE_SIMD void softmax_rows_bf16(const float* x, int64_t stride, int64_t n, float scale, float* top, float* total,
                                  float* shrink, bf16* p, int64_t p_stride) {
  f32v largest[kM];
#pragma GCC unroll 8
  for (int r = 0; r < kM; ++r) largest[r] = set1(kNothing);
  for (int64_t i = 0; i < n; i += kWidth)
#pragma GCC unroll 8
    for (int r = 0; r < kM; ++r) largest[r] = max(largest[r], load(x + r * stride + i));
  float shift[kM];
#pragma GCC unroll 8
  for (int r = 0; r < kM; ++r) {
    const float found = max_of(largest[r]), m = found > top[r] ? found : top[r];
    shift[r] = m == kNothing ? 0.0f : m;
    shrink[r] = top[r] == kNothing ? 0.0f : (top[r] - m) * scale;
    top[r] = m;
  }
  f32v added[kM];
  const f32v factor = set1(scale);
  for (int r = 0; r < kM; ++r) {
    const f32v m = set1(shift[r]);
    const float* row = x + r * stride;
    bf16* out = p + r * p_stride;
    f32v a = zero();
    for (int64_t i = 0; i < n; i += kWidth) {
      const f32v w = exp2_coarse(max(set1(-127.0f), (load(row + i) - m) * factor));
      store(out + i, w);
      a = a + w;
    }
    added[r] = a;
  }
#pragma GCC unroll 8
  for (int r = 0; r < kM; ++r) {
    if (total[r] != 0) shrink[r] = _mm256_cvtss_f32(lower_half(exp2_weight(set1(shrink[r]))));
    total[r] = total[r] * shrink[r] + sum(added[r]);
  }
}

/// Packs chunks of a head; what comes after is the products' own.
struct PairTask : HeadView<bf16> {
  const PairLayout at;
  float* work;

  /// Scores are multiplied by this after the product; the scale's sign went into K.
  float factor() const {
    const float f = args.scale * kLog2E;
    return f > 0 ? f : f < 0 ? -f : 1.0f;
  }

  void pack(int64_t from, int64_t count) {
    chunk = from;
    keys = count;
    const int64_t d = args.head_dim, padded = round_up(count, kDeep);
    const __m256i mask = _mm256_set1_epi32(args.scale == 0 ? 0 : -1);
    const __m256i flip = _mm256_set1_epi32(args.scale < 0 ? static_cast<int32_t>(0x80008000u) : 0);
    for (int64_t j = 0; j < padded; j += 16)
      pack_pairs_transposed(k(from + j), args.k_stride, count - j, d, at.width / 2, mask, flip,
                            work + at.kt + j * at.width / 2);
    for (int64_t j = 0; j < padded; j += 2) {
      const bf16 *even = j < count ? v(from + j) : nullptr, *odd = j + 1 < count ? v(from + j + 1) : nullptr;
      for (int64_t i = j; i < j + 2 && i < count; ++i) {
        ask_for_next_head(k(from + i));
        ask_for_next_head(v(from + i));
      }
      for (int64_t c = 0; c < at.width; c += 16)
        pack_pair_row(even == nullptr ? nullptr : even + c, odd == nullptr ? nullptr : odd + c, d - c,
                      work + at.v + c / 16 * at.v_panel + j / 2 * 16);
    }
    if (args.keep != nullptr) keep_bias(args.keep, args.keep_type, s.begin + from, count, padded, work + at.bias);
  }

  /// Query rows of `width` elements from `query`, zeros from head_dim on and in rows past `rows`; in place where the
  /// rows lie that way already, else copied.
  const bf16* queries(int64_t query, int64_t rows, int64_t wanted_rows, int64_t width, int64_t& stride) const {
    const int64_t d = args.head_dim;
    if (d == width && rows == wanted_rows) {
      stride = args.q_stride;
      return q(query);
    }
    bf16* copy = reinterpret_cast<bf16*>(work + at.q);
    for (int64_t r = 0; r < wanted_rows; ++r)
      for (int64_t c = 0; c < at.width; c += 16) {
        const int64_t n = r < rows ? least(16, most(0, d - c)) : 0;
        store_bits(copy + r * at.width + c, load_bits(n > 0 ? q(query + r) + c : copy, static_cast<int>(n)));
      }
    stride = at.width;
    return copy;
  }
};

}  // namespace
}  // namespace lathe::cpu
