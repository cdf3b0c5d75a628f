#pragma once
// The kernels of kernels.inc for the instruction set that the including source is compiled for.
#include "kernels/cpu/lines/softmax_lines.h"

namespace lathe::cpu {
namespace {

/// NaN is above (below) all else, and equal to itself.
template <class Lane>
LATHE_SIMD bool beats(Lane x, Lane best, bool smallest, bool last) {
  const bool nan = x != x, best_nan = best != best;
  if (nan || best_nan) return nan && (!best_nan || last);
  return (smallest ? x < best : x > best) || (last && x == best);
}

template <class Lane>
void arg_strip(const Strip<Lane>& strip, const ArgLines& args, int64_t* y) {
  Lane room[kStrip], best[kStrip];
  int64_t place[kStrip];
  const Lane* first = strip.row(0, room);
  for (int64_t j = 0; j < strip.m; ++j) best[j] = first[j], place[j] = 0;
  for (int64_t r = 0; r < strip.rows; ++r) {
    const Lane* x = strip.row(r, room);
    if (strip.is_line()) {
      for (int64_t j = 0; j < strip.width(r); ++j)
        if (beats(x[j], best[0], args.smallest, args.last)) best[0] = x[j], place[0] = r * kStrip + j;
      continue;
    }
    for (int64_t j = 0; j < strip.m; ++j) {
      const bool better = beats(x[j], best[j], args.smallest, args.last);
      best[j] = better ? x[j] : best[j];
      place[j] = better ? r : place[j];
    }
  }
  for (int64_t j = 0; j < strip.m; ++j) y[j] = place[j];
}

template <class Lane>
void arg_lines(const ArgLines& args, Team& team) {
  for_strips<Lane>(
      args, team, [&](const Strip<Lane>& strip, int64_t first) __attribute__((always_inline)) {
        arg_strip(strip, args, static_cast<int64_t*>(args.y) + first);
      });
}

template <class Lane>
struct TotalOf {
  using type = uint64_t;
};
template <>
struct TotalOf<float> {
  using type = double;
};
template <>
struct TotalOf<double> {
  using type = double;
};

template <class Lane>
void cumulate_strip(const Strip<Lane>& strip, const CumulateLines& args) {
  using Total = typename TotalOf<Lane>::type;
  Lane room[kStrip], out[kStrip];
  Total totals[kStrip];
  for (int64_t j = 0; j < strip.m; ++j) totals[j] = args.product ? 1 : 0;
  const auto next = [&](Total & total, Lane x) __attribute__((always_inline)) {
    const Total before = total;
    total = args.product ? total * static_cast<Total>(x) : total + static_cast<Total>(x);
    return static_cast<Lane>(args.exclusive ? before : total);
  };
  for (int64_t i = 0; i < strip.rows; ++i) {
    const int64_t r = args.reverse ? strip.rows - 1 - i : i, n = strip.width(r);
    const Lane* x = strip.row(r, room);
    if (strip.is_line())
      for (int64_t j = 0; j < n; ++j) {
        const int64_t at = args.reverse ? n - 1 - j : j;
        out[at] = next(totals[0], x[at]);
      }
    else
      for (int64_t j = 0; j < n; ++j) out[j] = next(totals[j], x[j]);
    strip.store_row(r, out);
  }
}

template <class Lane>
void cumulate_lines(const CumulateLines& args, Team& team) {
  for_strips<Lane>(
      args,
      team, [&](const Strip<Lane>& strip, int64_t) __attribute__((always_inline)) { cumulate_strip(strip, args); });
}

}  // namespace

#define LATHE_LINES(isa)                                                                 \
  LATHE_ONLY_##isa(                                                                      \
      void softmax_lines_##isa(const SoftmaxLines& args, Team& team) noexcept;           \
      void arg_lines_##isa(const ArgLines& args, Team& team) noexcept;                   \
      void cumulate_lines_##isa(const CumulateLines& args, Team& team) noexcept;         \
      void softmax_lines_##isa(const SoftmaxLines& args, Team& team) noexcept {          \
        softmax_lines(args, team);                                                       \
      } void arg_lines_##isa(const ArgLines& args, Team& team) noexcept {                \
        of_lane(args.type, [&]<class Lane>(Lane) { arg_lines<Lane>(args, team); });      \
      } void cumulate_lines_##isa(const CumulateLines& args, Team& team) noexcept {      \
        of_lane(args.type, [&]<class Lane>(Lane) { cumulate_lines<Lane>(args, team); }); \
      })
#include "kernels/cpu/lines/kernels.inc"
#undef LATHE_LINES

}  // namespace lathe::cpu
