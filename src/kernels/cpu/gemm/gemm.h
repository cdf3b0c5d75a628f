#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/activation.h"
#include "base/cpu.h"
#include "base/thread_pool.h"
#include "kernels/cpu/windows.h"
#include "lathe/types.h"

namespace lathe::cpu {

/// Y = epilogue(X W): X [m, k] and Y [m, n] row-major, W a constant packed by gemm_format(). The epilogue, in FP32
/// whatever the types, in this order; each part may be absent:
///   y += bias[n];  y = activation(y);  y += residual[m, n];  y = (y - mean) / sqrt(var + epsilon) * gamma + beta
/// with mean and (biased) variance over the row; with residual_first the residual comes before the activation. A row's
/// result does not depend, bit for bit, on m, on its place among the rows or on the team. m, n, k >= 0; k = 0 gives the
/// epilogue of zero. y may be residual itself (same stride), but otherwise overlaps no input.
struct GemmArgs {
  const void* x = nullptr;
  const void* w = nullptr;
  void* y = nullptr;
  int64_t m = 0, n = 0, k = 0;
  int64_t x_stride = 0, y_stride = 0;  ///< elements from one row to the next, at least k and n
  /// Where set, row r of X is the window at place r of the tensor x, k = taps * channels: a convolution.
  const Windows* windows = nullptr;

  const float* bias = nullptr;  ///< [n] or null
  Activation activation = Activation::none;
  float alpha = 1, activation_beta = 1;  ///< of the activation
  bool residual_first = false;
  const void* residual = nullptr;  ///< [m, n] of x's type, or null
  int64_t residual_stride = 0;
  bool layer_norm = false;
  const float* gamma = nullptr;  ///< [n], or null: 1
  const float* beta = nullptr;   ///< [n], or null: 0
  float epsilon = 1e-12f;

  std::byte* workspace = nullptr;  ///< workspace_bytes(), 64-byte aligned, shared by the team
};

struct GemmTask;

/// One implementation. Products with the same three types may replace each other; all read the same pack format.
struct GemmKernel {
  const char* name;  ///< "f32.avx2.6x16"
  Isa isa;
  DType x, w, y;               ///< residual has x's type
  int tile_rows, tile_panels;  ///< of the largest register tile; a panel is 16 columns
  int macs_per_cycle;          ///< multiply-adds of a core at its peak
  void (*multiply)(const GemmTask& task) noexcept;
  void (*normalize)(const GemmTask& task) noexcept;

  /// Whether its epilogue knows the activation, or a residual before it.
  bool takes(Activation activation, bool residual_first) const {
    if (isa != Isa::amx_bf16) return is_epilogue_activation(activation);
    return activation <= Activation::gelu_tanh && !residual_first;
  }
  /// Scratch bytes that run() needs with a team of at most team_size.
  size_t workspace_bytes(int64_t m, int64_t n, int64_t k, int team_size, bool layer_norm) const;
  /// At least that of a team of one without a LayerNorm; rises with m, n and k.
  size_t solo_workspace_bound(int64_t m, int64_t n, int64_t k) const;
  /// Called by every member of a team with equal arguments; returns when this member's part is done: the caller meets
  /// at a barrier before anyone reads y or reuses the workspace. Allocates nothing.
  void run(const GemmArgs& args, Team& team) const noexcept;
};

/// All kernels of this build (kernels.inc), also those that this machine lacks features for.
std::span<const GemmKernel> gemm_kernels();
/// The preferred kernel for these types at this level; null where there is none.
const GemmKernel* find_gemm(DType x, DType w, DType y, Features features);
/// Null for an unknown name.
const GemmKernel* find_gemm(std::string_view name);

/// How W lies in memory: panels of 16 columns in streaming order, columns beyond n zero.
///   panel16.f32   [ceil(n / 16)][k][16]
///   panel16.bf16  [ceil(n / 16)][k' / 2][16][2], k' = k rounded up to a multiple of 32, rows beyond k zero
struct GemmFormat {
  const char* name;
  DType type;
  size_t (*bytes)(int64_t k, int64_t n);
  /// From row-major [k, n], or [n, k] when transposed, of f32, f16 or bf16; narrowing rounds to nearest even. Every
  /// member of the team calls it; `out` is complete after the caller's next barrier.
  void (*pack)(const void* source, DType type, bool transposed, int64_t k, int64_t n, void* out, Team& team);
  /// The inverse: row-major [k, n] (or [n, k]) elements of the format's type.
  void (*unpack)(const void* packed, bool transposed, int64_t k, int64_t n, void* out);
};
std::span<const GemmFormat> gemm_formats();
/// The format of weights stored as f32 or bf16.
const GemmFormat& gemm_format(DType w);
/// Elements of one of its panels.
int64_t panel_elements(DType w, int64_t k);

}  // namespace lathe::cpu
