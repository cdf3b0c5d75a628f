#include "kernels/cpu/copy/loops.h"

#include <algorithm>
#include <cstdlib>

namespace lathe::cpu {
namespace {

constexpr int64_t kBlockBytes = int64_t{1} << 16;
constexpr int64_t kTile = 64;

/// Adds the dimensions of more than one element, outermost first in y.
void order(const CopyArgs& args, CopyLoops& loops) {
  for (int d = 0; d < args.rank; ++d)
    if (args.size[d] != 1) loops.outer[loops.rank++] = {args.size[d], args.x_step[d], args.y_step[d]};
  // Of few elements, and allocating nothing.
  for (int i = 1; i < loops.rank; ++i)
    for (int j = i; j > 0 && std::abs(loops.outer[j - 1].y) < std::abs(loops.outer[j].y); --j)
      std::swap(loops.outer[j - 1], loops.outer[j]);
}

void merge(CopyLoops& loops) {
  int kept = 0;
  for (int d = 1; d < loops.rank; ++d) {
    CopyLoop& last = loops.outer[kept];
    const CopyLoop next = loops.outer[d];
    if (last.x == next.x * next.n && last.y == next.y * next.n)
      last = {last.n * next.n, next.x, next.y};
    else
      loops.outer[++kept] = next;
  }
  loops.rank = std::min(loops.rank, kept + 1);
}

/// What runs are moved as wholes become elements.
void widen(CopyLoops& loops) {
  if (loops.rank < 2) return;
  const CopyLoop& last = loops.outer[loops.rank - 1];
  if (last.x != loops.element || last.y != loops.element) return;
  const int64_t bytes = last.n * loops.element;
  if (bytes != 2 && bytes != 4 && bytes != 8 && bytes != 16) return;
  loops.element = bytes;
  --loops.rank;
}

CopyLoop take(CopyLoops& loops, int d) {
  const CopyLoop taken = loops.outer[d];
  std::copy(loops.outer + d + 1, loops.outer + loops.rank, loops.outer + d);
  --loops.rank;
  return taken;
}

/// The loop other than the last whose elements lie side by side in x; -1: none.
int side_by_side(const CopyLoops& loops) {
  for (int d = 0; d < loops.rank; ++d)
    if (loops.outer[d].x == loops.element) return d;
  return -1;
}

void cut(CopyLoops& loops) {
  if (loops.form == CopyLoops::Form::tiles) {
    loops.block_a = std::min(loops.a.n, kTile);
    loops.block_b = 4 * std::max(kTile, kTile * kTile / loops.block_a);
  } else {
    const int64_t most = kBlockBytes / loops.element;
    loops.block_b = std::min(loops.b.n, most);
    loops.block_a = std::max<int64_t>(1, std::min(loops.a.n, most / loops.block_b));
  }
  loops.blocks_a = (loops.a.n + loops.block_a - 1) / loops.block_a;
  loops.blocks_b = (loops.b.n + loops.block_b - 1) / loops.block_b;
}

}  // namespace

CopyLoops copy_loops(const CopyArgs& args) {
  CopyLoops loops;
  loops.element = args.element;
  for (int d = 0; d < args.rank; ++d)
    if (args.size[d] <= 0) return loops;
  order(args, loops);
  merge(loops);
  widen(loops);
  loops.b = loops.rank > 0 ? take(loops, loops.rank - 1) : CopyLoop{1, loops.element, loops.element};
  const int across = side_by_side(loops);
  if (loops.b.x == loops.element && loops.b.y == loops.element)
    loops.form = CopyLoops::Form::runs;
  else if (across >= 0 && loops.b.y == loops.element && loops.element <= 8)
    loops.form = CopyLoops::Form::tiles;
  else
    loops.form = CopyLoops::Form::elements;
  if (loops.rank > 0) loops.a = take(loops, loops.form == CopyLoops::Form::tiles ? across : loops.rank - 1);
  for (int d = 0; d < loops.rank; ++d) loops.outer_count *= loops.outer[d].n;
  cut(loops);
  return loops;
}

}  // namespace lathe::cpu
