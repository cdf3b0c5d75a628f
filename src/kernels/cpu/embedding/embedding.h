#pragma once
#include <cstdint>
#include <span>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "lathe/types.h"

namespace lathe::cpu {

/// One table and where its rows are looked up. A table that is a product's W as well may lie in that product's panels
/// (gemm.h, panel16.f32 and panel16.bf16 of W^T), a row spread over one panel of 16.
struct EmbeddingTerm {
  const void* table = nullptr;
  int64_t rows = 0;           ///< an index outside [0, rows) is never read
  int64_t stride = 0;         ///< elements from one row to the next, or from one panel to the next
  const void* ids = nullptr;  ///< [tokens], or null: row 0 for every token
  bool wide = false;          ///< ids are i64, not i32
  bool in_panels = false;
  bool from_end = false;  ///< an id i < 0 means rows + i

  int64_t id(int64_t token) const {
    if (ids == nullptr) return 0;
    return wide ? static_cast<const int64_t*>(ids)[token] : static_cast<const int32_t*>(ids)[token];
  }
};

/// The first index out of its table that a member met; token < 0: none.
struct BadIndex {
  int64_t token = -1, id = 0;
  int32_t term = 0;
};

/// y[i] = LayerNorm(sum_t table_t[ids_t[i]]) with gamma and beta, or the bare sum where normalize is false. A bad index
/// adds nothing to its row. All tables have one type; sums and statistics are FP32.
struct EmbeddingArgs {
  EmbeddingTerm terms[3];
  int term_count = 1;  ///< 1 .. 3
  bool normalize = true;
  const float* gamma = nullptr;  ///< [n], or null: 1
  const float* beta = nullptr;   ///< [n], or null: 0
  float epsilon = 1e-12f;
  void* y = nullptr;
  int64_t tokens = 0, n = 0, y_stride = 0;
  BadIndex* bad = nullptr;   ///< [team size]; each member writes its own; null: not wanted
  void* gathered = nullptr;  ///< gathered_bytes() where a table lies in panels
};

/// Memory in which the members put rows together that lie in panels, at any alignment.
size_t gathered_bytes(DType table, int64_t n, int team_size);

/// The member's report with the lowest token; token < 0 when every index was good.
BadIndex first_bad(std::span<const BadIndex> members);

struct EmbeddingKernel {
  const char* name;  ///< "f16.bf16.avx2": table, y
  Isa isa;
  DType table, y;
  /// Called by every member of a team, each doing its share of the tokens; the caller meets at a barrier afterwards.
  void (*run)(const EmbeddingArgs& args, Team& team) noexcept;
};

std::span<const EmbeddingKernel> embedding_kernels();

}  // namespace lathe::cpu
