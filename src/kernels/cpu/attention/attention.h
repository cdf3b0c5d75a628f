#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "lathe/types.h"

namespace lathe::cpu {

/// Scaled dot-product attention over sequences that lie end to end, heads side by side in a row:
///
///   out_h[i] = sum_j softmax_j(scale * q_h[i] . k_h[j]) v_h[j]      j over the keys of i's sequence that i may see
///
/// Sequence b owns tokens cu_seqlens[b] .. cu_seqlens[b+1]-1 (rising, may be empty); without cu_seqlens it owns
/// b * seq .. (b+1) * seq - 1, which is the padded form. Row t of q is q + t * q_stride and holds heads * head_dim
/// elements; k, v and out likewise, so that q, k, v may be views of one product. out overlaps no input.
/// keep: an element a key token, zero where the key is not seen. A row that sees no key gives zeros.
/// positions, with cu_seqlens: where each token stands, rising within a sequence; windows then count these. What no
/// query of a block sees of a long sequence costs nothing. Softmax and sums are FP32. Any head_dim >= 1 and any length;
/// the workspace does not grow with the length. A row's bits depend only on its own sequence and its kernel, not on the
/// batch nor on the team.
struct AttentionArgs {
  const void* q = nullptr;
  const void* k = nullptr;
  const void* v = nullptr;
  void* out = nullptr;
  int64_t q_stride = 0, k_stride = 0, v_stride = 0, out_stride = 0;  ///< elements from one token to the next
  const int32_t* cu_seqlens = nullptr;                               ///< [batch + 1]
  int64_t seq = 0;                                                   ///< length of each sequence without cu_seqlens
  int64_t batch = 0;
  int heads = 1, head_dim = 64;
  float scale = 1;
  bool causal = false;                 ///< also j <= i
  int64_t window_left = -1;            ///< where >= 0: also j >= i - window_left
  int64_t window_right = -1;           ///< where >= 0: also j <= i + window_right
  const int32_t* positions = nullptr;  ///< [tokens]
  const void* keep = nullptr;          ///< [tokens] of keep_type
  DType keep_type = DType::boolean;    ///< boolean, u8, i32, i64 or f32
  /// Added to scaled scores: that of sequence b, head h, query i and key j at b * [0] + h * [1] + i * [2] + j. Without
  /// cu_seqlens alone, and only of kernels that take it.
  const float* bias = nullptr;
  int64_t bias_strides[3] = {};
  void* workspace = nullptr;  ///< workspace_bytes(...), aligned to 64
};

struct AttentionKernel {
  const char* name;  ///< "f32.avx2"
  Isa isa;
  DType type;  ///< of q, k, v and out
  /// Called by every member of a team; the caller meets at a barrier afterwards.
  void (*run)(const AttentionArgs& args, Team& team) noexcept;
  bool takes_bias() const { return isa != Isa::avx512_bf16 && isa != Isa::amx_bf16; }
  /// For sequences of at most max_seq tokens.
  size_t (*workspace_bytes)(int64_t max_seq, int head_dim, int team_size) noexcept;
};

std::span<const AttentionKernel> attention_kernels();

}  // namespace lathe::cpu
