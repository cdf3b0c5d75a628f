#include <algorithm>

#include "kernels/cpu/index/along_axis.h"
#include "kernels/cpu/index/join.h"

namespace lathe::cpu {
namespace {

/// The largest dimension, or the largest but the axis: elements of other places in it never meet.
int dimension_to_split(const AlongAxis& along, bool but_the_axis) {
  int best = -1;
  for (int d = 0; d < along.rank; ++d)
    if (!(but_the_axis && d == along.axis) && (best < 0 || along.size[d] > along.size[best])) best = d;
  return best;
}

template <class T>
int64_t gather_as(const AlongAxis& along, const void* x, void* y, Team& team) {
  const int split = dimension_to_split(along, false);
  return for_along(along, split, team.share(along.size[split]),
                   [&](int64_t i, int64_t place) { static_cast<T*>(y)[i] = static_cast<const T*>(x)[place]; });
}

}  // namespace

int64_t gather_elements(const AlongAxis& along, const void* x, void* y, int64_t bytes, Team& team) noexcept {
  switch (bytes) {
    case 1: return gather_as<uint8_t>(along, x, y, team);
    case 2: return gather_as<uint16_t>(along, x, y, team);
    case 4: return gather_as<uint32_t>(along, x, y, team);
    default: return gather_as<uint64_t>(along, x, y, team);
  }
}

int64_t scatter_elements(const AlongAxis& along, const void* updates, void* y, DType type, Join join,
                         Team& team) noexcept {
  const int split = dimension_to_split(along, true);
  if (split < 0 && team.rank() > 0) return -1;
  const Team::Range range = split < 0 ? Team::Range{0, along.size[0]} : team.share(along.size[split]);
  int64_t bad = -1;
  with_join(type, join, [&](auto joined) {
    bad = for_along(along, std::max(split, 0), range, [&](int64_t i, int64_t place) { joined(y, place, updates, i); });
  });
  return bad;
}

int64_t scatter_nd(const ScatterNdArgs& args, Team& team) noexcept {
  const Team::Range mine = team.share(args.places);
  int64_t bad = -1;
  with_join(args.type, args.join, [&](auto joined) {
    for (int64_t row = 0; row < args.pointers.rows; ++row) {
      const int64_t at = args.pointers.at(row);
      if (at < 0) {
        bad = row;
        return;
      }
      if (at < mine.begin || at >= mine.end) continue;
      for (int64_t i = 0; i < args.block; ++i) joined(args.y, at * args.block + i, args.updates, row * args.block + i);
    }
  });
  return bad;
}

}  // namespace lathe::cpu
