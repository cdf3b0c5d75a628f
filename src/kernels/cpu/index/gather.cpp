#include <cstring>

#include "kernels/cpu/index/index.h"

namespace lathe::cpu {
namespace {

/// Rows of few sizes are moved by an instruction.
inline void move(const char* x, char* y, int64_t bytes) {
  switch (bytes) {
    case 1: *y = *x; return;
    case 2: std::memcpy(y, x, 2); return;
    case 4: std::memcpy(y, x, 4); return;
    case 8: std::memcpy(y, x, 8); return;
    default: std::memcpy(y, x, static_cast<size_t>(bytes));
  }
}

}  // namespace

int64_t gather(const GatherArgs& args, Team& team) noexcept {
  const Team::Range share = team.share(args.outer * args.count);
  const char* x = static_cast<const char*>(args.x);
  char* y = static_cast<char*>(args.y);
  for (int64_t row = share.begin; row < share.end; ++row) {
    const int64_t o = row / args.count, i = row % args.count, index = args.index.at(i, args.size);
    if (index < 0) return i;
    move(x + (o * args.size + index) * args.bytes, y + row * args.bytes, args.bytes);
  }
  return -1;
}

int64_t Pointers::at(int64_t row) const {
  int64_t place = 0;
  for (int c = 0; c < m; ++c) {
    const int64_t i = index.at(row * m + c, size[c]);
    if (i < 0) return -1;
    place += i * step[c];
  }
  return place;
}

int64_t gather_nd(const GatherNdArgs& args, Team& team) noexcept {
  const Team::Range share = team.share(args.pointers.rows);
  const char* x = static_cast<const char*>(args.x);
  char* y = static_cast<char*>(args.y);
  for (int64_t row = share.begin; row < share.end; ++row) {
    const int64_t at = args.pointers.at(row);
    if (at < 0) return row;
    move(x + row / args.rows_of_batch * args.whole + at, y + row * args.bytes, args.bytes);
  }
  return -1;
}

}  // namespace lathe::cpu
