#pragma once
// The kernels of kernels.inc for the instruction set that the including source is compiled for.
#include "kernels/cpu/rnn/part.h"

namespace lathe::cpu {
namespace {

/// Whole sequences, each the work of one member.
template <class W>
void run_apart(const RnnArgs& args, int64_t row_parts, Team& team) {
  for (int64_t item; (item = team.claim(args.directions * row_parts)) >= 0;) {
    const Range rows = Team::part_of({0, args.batch}, item % row_parts, row_parts);
    const RnnPart<W> part{args, item / row_parts, rows, {0, args.hidden}};
    part.begin();
    const int64_t steps = longest(args, rows);
    for (int64_t i = 0; i < steps; ++i)
      for (int phase = 0; phase <= (args.cell == RnnCellKind::gru); ++phase) part.step(i, phase);
    part.end();
  }
}

/// All members at each step: everybody's units read everybody's states.
template <class W>
void run_together(const RnnArgs& args, Team& team) {
  const auto [first, last] = team.share((args.hidden + kRnnPanel - 1) / kRnnPanel);
  const int64_t end = last * kRnnPanel < args.hidden ? last * kRnnPanel : args.hidden;
  const Range rows{0, args.batch}, units{first * kRnnPanel, end};
  const int64_t steps = longest(args, rows);
  for (int64_t d = 0; d < args.directions; ++d) {
    const RnnPart<W> part{args, d, rows, units};
    part.begin();
    team.barrier();
    for (int64_t i = 0; i < steps; ++i)
      for (int phase = 0; phase <= (args.cell == RnnCellKind::gru); ++phase) {
        part.step(i, phase);
        team.barrier();
      }
    part.end();
  }
}

template <class W>
void rnn(const RnnArgs& args, Team& team) {
  const RnnDealing dealing = deal_rnn(args, W::type, team.size());
  dealing.together ? run_together<W>(args, team) : run_apart<W>(args, dealing.row_parts, team);
}

using Panels_f32 = F32Panels;
using Panels_bf16 = Bf16Panels;

}  // namespace

#define LATHE_RNN(type, isa)                                                                                   \
  LATHE_ONLY_##isa(void rnn_##type##_##isa(const RnnArgs& args, Team& team) noexcept; void rnn_##type##_##isa( \
                       const RnnArgs& args, Team& team) noexcept { rnn<Panels_##type>(args, team); })
#include "kernels/cpu/rnn/kernels.inc"
#undef LATHE_RNN

}  // namespace lathe::cpu
