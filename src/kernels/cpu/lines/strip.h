#pragma once
// Lines are worked on in strips: up to kStrip of them side by side where inner > 1, else one of them, chunk by chunk.
#include "kernels/cpu/lanes.h"
#include "kernels/cpu/lines/lines.h"

namespace lathe::cpu {
namespace {

constexpr int64_t kStrip = 256;

/// Lanes [n, m]: row r of them is row(r), m elements side by side. Of one line, n rows of kStrip elements each but the
/// last: `lines` tells them apart.
template <class Lane>
struct Strip {
  const Lines& args;
  int64_t at;    ///< element of x where it begins
  int64_t m;     ///< lines side by side; of one line: 1
  int64_t step;  ///< elements from row to row
  int64_t rows;
  int64_t element;
  bool is_line() const { return args.inner == 1; }
  int64_t width(int64_t row) const {
    if (!is_line()) return m;
    return args.n - row * kStrip < kStrip ? args.n - row * kStrip : kStrip;
  }
  const Lane* row(int64_t r, Lane* room) const {
    return lanes_at(args.type, static_cast<const char*>(args.x) + (at + r * step) * element, 1, width(r), room);
  }
  void store_row(int64_t r, const Lane* lanes) const {
    char* y = static_cast<char*>(args.y) + (at + r * step) * element;
    const int64_t count = width(r);
    of_type(
        args.type, [=]<class T>(T) __attribute__((always_inline)) {
          if constexpr (kIsSame<Lane, typename LaneOf<T>::type>) store_run(lanes, count, reinterpret_cast<T*>(y));
        });
  }
};

/// f(strip, index of its first result) for each of a member's strips.
template <class Lane, class F>
LATHE_SIMD void for_strips(const Lines& args, const Team& team, F f) {
  const int64_t strips = (args.inner + kStrip - 1) / kStrip, element = bits_of(args.type) / 8;
  const Team::Range share = team.share(args.outer * strips);
  for (int64_t i = share.begin; i < share.end; ++i) {
    const int64_t o = i / strips, first = i % strips * kStrip;
    const int64_t m = args.inner - first < kStrip ? args.inner - first : kStrip;
    const bool line = args.inner == 1;
    const Strip<Lane> strip{args,
                            o * args.n * args.inner + first,
                            m,
                            line ? kStrip : args.inner,
                            line ? (args.n + kStrip - 1) / kStrip : args.n,
                            element};
    f(strip, o * args.inner + first);
  }
}

}  // namespace
}  // namespace lathe::cpu
