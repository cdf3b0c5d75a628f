#include "kernels/cpu/rnn/rnn.h"

#include <algorithm>
#include <numeric>

#include "base/dim.h"
#include "base/round.h"

namespace lathe::cpu {
namespace {

/// Elements from row to row of states: members that have neighbouring units share no cache line.
int64_t state_stride(int64_t hidden) { return round_up(hidden, 16); }

/// Two of h, and c, or what a GRU's second product waits for: z and r . h.
int64_t state_count(RnnCellKind cell) {
  switch (cell) {
    case RnnCellKind::lstm: return 3;
    case RnnCellKind::gru: return 4;
    default: return 2;
  }
}

}  // namespace

#define LATHE_RNN(type, isa) void rnn_##type##_##isa(const RnnArgs& args, Team& team) noexcept;
#include "kernels/cpu/rnn/kernels.inc"
#undef LATHE_RNN

std::span<const RnnKernel> rnn_kernels() {
  static constexpr RnnKernel kernels[] = {
#define LATHE_RNN(type, isa) {#type "." #isa, Isa::isa, DType::type, rnn_##type##_##isa},
#include "kernels/cpu/rnn/kernels.inc"
#undef LATHE_RNN
  };
  return kernels;
}

size_t rnn_workspace_bytes(RnnCellKind cell, int64_t directions, int64_t batch, int64_t hidden) {
  const int64_t rows = saturating_mul(directions * state_count(cell), batch);
  return static_cast<size_t>(saturating_mul(rows, state_stride(hidden) * static_cast<int64_t>(sizeof(float))));
}

RnnStates rnn_states(const RnnArgs& args, int64_t direction) {
  const int64_t stride = state_stride(args.hidden), count = state_count(args.cell), size = args.batch * stride;
  float* first = reinterpret_cast<float*>(args.workspace) + direction * count * size;
  RnnStates states{{first, first + size}, nullptr, nullptr, nullptr, stride};
  if (args.cell == RnnCellKind::lstm) states.c = first + 2 * size;
  if (args.cell == RnnCellKind::gru) {
    states.update = first + 2 * size;
    states.reset = first + 3 * size;
  }
  return states;
}

RnnDealing deal_rnn(const RnnArgs& args, DType r, int team_size) {
  const auto members = static_cast<int64_t>(team_size);
  const int64_t parts = members / std::gcd(members, args.directions);
  // A few rows each keep what a step reads of R in use; fewer wait for it as long as for all of it. Where R stays in no
  // second-level cache, a member's units of it may.
  constexpr int64_t kFewestRows = 4;
  const int64_t weights = args.gates() * args.hidden * args.hidden;
  const bool stays = weights * static_cast<int64_t>(size_of(r)) <= cpu_info().l2_bytes;
  if (stays && (parts == 1 || args.batch >= kFewestRows * parts)) return {false, parts};
  // Multiply-adds of a member at a step that outweigh a barrier.
  constexpr int64_t kFewestProducts = 32768;
  if (members > 1 && args.batch * weights / members >= kFewestProducts) return {true, 1};
  return {false, std::clamp<int64_t>(args.batch, 1, parts)};
}

}  // namespace lathe::cpu
