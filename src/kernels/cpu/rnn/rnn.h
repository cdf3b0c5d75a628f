#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/activation.h"
#include "base/cpu.h"
#include "base/thread_pool.h"
#include "lathe/types.h"

namespace lathe::cpu {

/// gru_linear: a GRU whose reset gate comes behind the product (linear_before_reset).
enum class RnnCellKind : uint8_t { rnn, gru, gru_linear, lstm };

/// An activation of a cell; of none it is alpha x + beta.
struct RnnFunction {
  Activation kind = Activation::none;
  float alpha = 1, beta = 0;
};

/// The recurrence of ops/rnn.h in FP32, the product of its input given. D directions, G gates, B = batch, h = hidden:
///
///   x at [t][b] (x_step, x_item apart): [D][G][h];   r: panel16.f32 or panel16.bf16 of [D h, G h], widened as it is
///   read bias [D][2][G][h]; peepholes [D][3][h]; lengths [B]; each may be null y at [t][d][b], first and last states
///   at [d][b]: [h]
///
/// Step i of a sequence of length n is at t = i, or n - 1 - i backwards; y behind n is zero. Strides are in elements.
/// Lengths are within [0, seq]. A row's result does not depend, bit for bit, on its place in the batch, on other rows
/// or on the team: every sum runs over k in rising order.
struct RnnArgs {
  RnnCellKind cell = RnnCellKind::lstm;
  RnnFunction functions[2][3] = {};  ///< f, g, h of each direction
  bool backwards[2] = {false, true};
  float clip = 0;  ///< 0: none
  bool input_forget = false;
  int64_t directions = 1, seq = 0, batch = 0, hidden = 0;

  const float* x = nullptr;
  const void* r = nullptr;
  const float* bias = nullptr;
  const float* peepholes = nullptr;
  const void* lengths = nullptr;  ///< i64 where wide_lengths, else i32
  bool wide_lengths = false;
  const float* first_h = nullptr;  ///< or null: 0
  const float* first_c = nullptr;
  float* y = nullptr;
  float* last_h = nullptr;
  float* last_c = nullptr;
  int64_t x_step = 0, x_item = 0;
  int64_t y_step = 0, y_direction = 0, y_item = 0;
  int64_t state_direction = 0, state_item = 0;

  std::byte* workspace = nullptr;  ///< rnn_workspace_bytes(), 64-byte aligned, shared by the team

  int64_t gates() const { return cell == RnnCellKind::lstm ? 4 : cell == RnnCellKind::rnn ? 1 : 3; }
};

/// Scratch bytes for these sizes: states, twice, and what a GRU hands from one product to the other.
size_t rnn_workspace_bytes(RnnCellKind cell, int64_t directions, int64_t batch, int64_t hidden);

struct RnnKernel {
  const char* name;  ///< "f32.avx2", by the type of r
  Isa isa;
  DType r;  ///< of bf16 an odd h is refused: a pair of values of k would be of two directions
  /// Called by every member of a team with equal arguments; the caller meets at a barrier afterwards.
  void (*run)(const RnnArgs& args, Team& team) noexcept;
};

std::span<const RnnKernel> rnn_kernels();

/// How a team shares the work: sequences apart, so that nobody waits, or all members at each step of one direction
/// after the other, each with its units.
struct RnnDealing {
  bool together = false;
  int64_t row_parts = 1;  ///< of the batch, where they are apart
};
RnnDealing deal_rnn(const RnnArgs& args, DType r, int team_size);

/// The states of one direction, rows of `stride` elements: state h before step i lies in h[i % 2].
struct RnnStates {
  float *h[2], *c, *update, *reset;
  int64_t stride;
};
RnnStates rnn_states(const RnnArgs& args, int64_t direction);

}  // namespace lathe::cpu
