#pragma once
// A member's part of the steps, for the instruction set that the including source is compiled for.
#include "kernels/cpu/rnn/cells.h"
#include "kernels/cpu/rnn/panels.h"

namespace lathe::cpu {
namespace {

using Range = Team::Range;

int64_t length_of(const RnnArgs& args, int64_t b) {
  if (!args.lengths) return args.seq;
  return args.wide_lengths ? static_cast<const int64_t*>(args.lengths)[b]
                           : static_cast<const int32_t*>(args.lengths)[b];
}
int64_t longest(const RnnArgs& args, Range rows) {
  int64_t most = 0;
  for (int64_t b = rows.begin; b < rows.end; ++b)
    if (const int64_t length = length_of(args, b); length > most) most = length;
  return most;
}

/// One direction's part of the work: rows of the batch and units.
template <class W>
struct RnnPart {
  using Element = typename W::Element;
  const RnnArgs& args;
  int64_t direction;
  Range rows, units;
  RnnStates states = rnn_states(args, direction);

  /// Units that are computed at once: their panels of all gates stay in the second-level cache from rows to rows, their
  /// sums in the first-level one.
  static constexpr int64_t kUnits = 64, kMostPanels = 4 * (kUnits / kRnnPanel + 1);

  void begin() const;
  /// Of a GRU the gates are phase 0, what reads r . h is phase 1; of other cells all is phase 0.
  void step(int64_t i, int phase) const;
  void end() const;

 private:
  int64_t state(int64_t b) const { return direction * args.state_direction + b * args.state_item; }
  void do_units(int64_t i, int phase, Range own) const;
  int64_t list_panels(int first_gate, int end_gate, Range own, const Element** panels, int64_t* offsets) const;
  RnnRow row_at(int64_t b, int64_t i) const;
  void ask_for(const RnnRow& row, Range own) const;
};

void copy_or_clear(float* out, const float* x, int64_t n) {
  const auto bytes = static_cast<size_t>(n) * sizeof(float);
  if (x)
    __builtin_memcpy(out, x, bytes);
  else
    __builtin_memset(out, 0, bytes);
}

template <class W>
void RnnPart<W>::begin() const {
  const int64_t first = units.begin, count = units.end - first;
  for (int64_t b = rows.begin; b < rows.end; ++b) {
    const int64_t own = b * states.stride + first, given = state(b) + first;
    copy_or_clear(states.h[0] + own, args.first_h ? args.first_h + given : nullptr, count);
    if (states.c) copy_or_clear(states.c + own, args.first_c ? args.first_c + given : nullptr, count);
  }
}

/// The last states, and zeros behind a sequence.
template <class W>
void RnnPart<W>::end() const {
  const int64_t first = units.begin, count = units.end - first;
  for (int64_t b = rows.begin; b < rows.end; ++b) {
    const int64_t own = b * states.stride + first, given = state(b) + first, length = length_of(args, b);
    copy_or_clear(args.last_h + given, states.h[length % 2] + own, count);
    if (states.c) copy_or_clear(args.last_c + given, states.c + own, count);
    float* y = args.y + direction * args.y_direction + b * args.y_item + first;
    for (int64_t t = length; t < args.seq; ++t) copy_or_clear(y + t * args.y_step, nullptr, count);
  }
}

template <class W>
void RnnPart<W>::step(int64_t i, int phase) const {
  const int64_t count = (units.end - units.begin + kUnits - 1) / kUnits;
  for (int64_t n = 0; n < count; ++n) {
    // To and fro: what the last step read last is still in the cache.
    const int64_t first = units.begin + kUnits * (i % 2 == 0 ? n : count - 1 - n);
    do_units(i, phase, {first, first + kUnits < units.end ? first + kUnits : units.end});
  }
}

/// The panels that hold the units' columns of gates, and where the sums of each gate's first unit then lie. Gates need
/// not begin with a panel.
template <class W>
int64_t RnnPart<W>::list_panels(int first_gate, int end_gate, Range own, const Element** panels,
                                int64_t* offsets) const {
  const int64_t panel_size = panel_elements(W::type, args.directions * args.hidden);
  const Element* r = static_cast<const Element*>(args.r) + direction * args.hidden * kRnnPanel;
  int64_t count = 0;
  for (int gate = first_gate; gate < end_gate; ++gate) {
    const int64_t begin = gate * args.hidden + own.begin, end = gate * args.hidden + own.end;
    offsets[gate] = count * kRnnPanel + begin % kRnnPanel;
    for (int64_t p = begin / kRnnPanel; p * kRnnPanel < end; ++p) panels[count++] = r + p * panel_size;
  }
  return count;
}

template <class W>
RnnRow RnnPart<W>::row_at(int64_t b, int64_t i) const {
  const int64_t t = args.backwards[direction] ? length_of(args, b) - 1 - i : i, own = b * states.stride;
  RnnRow row{};
  row.x = args.x + t * args.x_step + b * args.x_item + direction * args.gates() * args.hidden;
  row.before = states.h[i % 2] + own;
  row.after = states.h[(i + 1) % 2] + own;
  if (states.c) row.c = states.c + own;
  if (states.update) row.update = states.update + own;
  if (states.reset) row.reset = states.reset + own;
  row.y = args.y + t * args.y_step + direction * args.y_direction + b * args.y_item;
  return row;
}

void finish_row(RnnCellKind cell, int phase, const RnnUnits& units, const RnnRow& row) {
  switch (cell) {
    case RnnCellKind::rnn: return rnn_cell(units, row);
    case RnnCellKind::gru: return phase == 0 ? gru_gates(units, row) : gru_cell(units, row);
    case RnnCellKind::gru_linear: return gru_linear_cell(units, row);
    case RnnCellKind::lstm: return lstm_cell(units, row);
  }
}

/// Gates of x and places of y lie in many short runs, which no prefetcher foresees.
template <class W>
void RnnPart<W>::ask_for(const RnnRow& row, Range own) const {
  constexpr int64_t kLine = 16;
  for (int64_t u = own.begin; u < own.end; u += kLine) {
    for (int64_t gate = 0; gate < args.gates(); ++gate)
      _mm_prefetch(reinterpret_cast<const char*>(row.x + gate * args.hidden + u), _MM_HINT_T0);
    __builtin_prefetch(row.y + u, 1);
  }
}

template <class W>
void RnnPart<W>::do_units(int64_t i, int phase, Range own) const {
  const bool gru = args.cell == RnnCellKind::gru;
  const Element* panels[kMostPanels];
  int64_t offsets[4] = {};
  alignas(64) float sums[kTallest * kMostPanels * kRnnPanel];
  const int64_t count = list_panels(gru && phase == 1 ? 2 : 0, gru && phase == 0 ? 2 : static_cast<int>(args.gates()),
                                    own, panels, offsets);
  const RnnUnits these(args, direction, own.begin, own.end);
  for (int64_t b = rows.begin; b < rows.end;) {
    RnnRow tile[kTallest];
    const float* x[kTallest];
    int height = 0;
    for (; b < rows.end && height < kTallest; ++b) {
      if (length_of(args, b) <= i) continue;
      tile[height] = row_at(b, i);
      x[height] = phase == 0 ? tile[height].before : tile[height].reset;
      ++height;
    }
    if (height == 0) return;
    for (int r = 0; r < height; ++r) ask_for(tile[r], own);
    multiply_rows<W>(height, x, panels, count, args.hidden, sums, kMostPanels * kRnnPanel);
    for (int r = 0; r < height; ++r) {
      tile[r].sums = sums + r * kMostPanels * kRnnPanel;
      tile[r].offsets = offsets;
      finish_row(args.cell, phase, these, tile[r]);
    }
  }
}

}  // namespace
}  // namespace lathe::cpu
