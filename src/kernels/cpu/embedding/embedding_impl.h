#pragma once
// The kernels of kernels.inc for the instruction set that the including source is compiled for.
#include "kernels/cpu/embedding/embedding.h"
#include "kernels/cpu/layernorm/normalize_row.h"

namespace lathe::cpu {
namespace {

using namespace lathe::simd;

/// The rows that a token adds up; those after `count` are null. Of a row in panels, its first element.
template <class T>
struct EmbeddingRows {
  const T* p[3];
  bool in_panels[3];
  int count;
};

/// Elements of the summed dimension that neighbour each other in a panel.
template <class T>
constexpr int64_t kPairs = sizeof(T) == 2 ? 2 : 1;

template <class T>
EmbeddingRows<T> embedding_rows(const EmbeddingArgs& args, int64_t token, BadIndex& bad) {
  EmbeddingRows<T> rows = {};
  for (int t = 0; t < args.term_count; ++t) {
    const EmbeddingTerm& term = args.terms[t];
    const int64_t given = term.id(token);
    const int64_t id = given < 0 && term.from_end ? given + term.rows : given;
    if (id >= 0 && id < term.rows) {
      const T* table = static_cast<const T*>(term.table);
      rows.in_panels[rows.count] = term.in_panels;
      rows.p[rows.count++] =
          term.in_panels ? table + id / 16 * term.stride + id % 16 * kPairs<T> : table + id * term.stride;
    } else if (bad.token < 0) {
      bad.token = token;
      bad.term = t;
      bad.id = given;
    }
  }
  return rows;
}

/// Puts rows that lie in panels together: an element, or two, a cache line. The lines follow each other, which the
/// processor's own prefetching sees.
template <class T>
LATHE_SIMD void gather_panel_rows(EmbeddingRows<T>& rows, int64_t n, T* gathered) {
  for (int t = 0; t < rows.count; ++t, gathered += n) {
    if (!rows.in_panels[t]) continue;
    const T* p = rows.p[t];
    for (int64_t c = 0; c < n; ++c) gathered[c] = p[c / kPairs<T> * 16 * kPairs<T> + c % kPairs<T>];
    rows.p[t] = gathered;
  }
}

/// Rows of a large table come from memory: ask for a row while the one before is computed.
template <class T>
LATHE_SIMD void prefetch_row(const EmbeddingRows<T>& rows, int64_t n) {
  if (rows.count == 0 || rows.in_panels[0]) return;
  const char* p = reinterpret_cast<const char*>(rows.p[0]);
  for (int64_t byte = 0; byte < n * static_cast<int64_t>(sizeof(T)); byte += 64) _mm_prefetch(p + byte, _MM_HINT_T0);
}

template <int kCount, class T, class Y>
LATHE_SIMD void embed_row(const EmbeddingRows<T>& rows, const EmbeddingArgs& args, Y* y) {
  const T *p0 = rows.p[0], *p1 = rows.p[1], *p2 = rows.p[2];
  auto load_sum = [=](int64_t c, auto lanes) __attribute__((always_inline)) {
    f32v s = kCount > 0 ? load(p0 + c, lanes) : zero();
    if constexpr (kCount > 1) s = s + load(p1 + c, lanes);
    if constexpr (kCount > 2) s = s + load(p2 + c, lanes);
    return s;
  };
  if (args.normalize)
    normalize_row(load_sum, args.n, args.gamma, args.beta, args.epsilon, y);
  else
    for_row(
        args.n, [=](int64_t c, auto lanes) __attribute__((always_inline)) { store(y + c, load_sum(c, lanes), lanes); });
}

template <class T, class Y>
void embedding(const EmbeddingArgs& args, Team& team) noexcept {
  const Team::Range tokens = team.share(args.tokens);
  BadIndex bad;
  T* gathered = args.gathered == nullptr ? nullptr : static_cast<T*>(args.gathered) + team.rank() * 3 * args.n;
  EmbeddingRows<T> next = {};
  if (tokens.begin < tokens.end) next = embedding_rows<T>(args, tokens.begin, bad);
  for (int64_t i = tokens.begin; i < tokens.end; ++i) {
    EmbeddingRows<T> rows = next;
    if (i + 1 < tokens.end) {
      next = embedding_rows<T>(args, i + 1, bad);
      prefetch_row(next, args.n);
    }
    if (gathered != nullptr) gather_panel_rows(rows, args.n, gathered);
    Y* y = static_cast<Y*>(args.y) + i * args.y_stride;
    switch (rows.count) {
      case 0: embed_row<0>(rows, args, y); break;
      case 1: embed_row<1>(rows, args, y); break;
      case 2: embed_row<2>(rows, args, y); break;
      default: embed_row<3>(rows, args, y); break;
    }
  }
  if (args.bad != nullptr) args.bad[team.rank()] = bad;
}

}  // namespace

#define LATHE_EMBEDDING(table, y, isa)                                                                    \
  LATHE_ONLY_##isa(void embedding_##table##_##y##_##isa(const EmbeddingArgs& args, Team& team) noexcept;  \
                   void embedding_##table##_##y##_##isa(const EmbeddingArgs& args, Team& team) noexcept { \
                     embedding<table, y>(args, team);                                                     \
                   })
#include "kernels/cpu/embedding/kernels.inc"
#undef LATHE_EMBEDDING

}  // namespace lathe::cpu
