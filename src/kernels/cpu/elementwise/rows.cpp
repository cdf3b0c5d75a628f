#include "kernels/cpu/elementwise/rows.h"

#include <cstring>

namespace lathe::cpu {

void gather_rows(const RowsArgs& args, Team& team) noexcept {
  const Team::Range share = team.share(args.count);
  int64_t bad = -1;
  for (int64_t i = share.begin; i < share.end; ++i) {
    char* y = static_cast<char*>(args.y) + i * args.y_stride;
    const int64_t row = args.index == nullptr ? i : args.index[i];
    if (row >= 0 && row < args.limit) {
      std::memcpy(y, static_cast<const char*>(args.x) + row * args.x_stride, static_cast<size_t>(args.row_bytes));
    } else {
      std::memset(y, 0, static_cast<size_t>(args.row_bytes));
      if (bad < 0) bad = i;
    }
  }
  if (args.bad != nullptr) args.bad[team.rank()] = bad;
}

void scatter_rows(const RowsArgs& args, Team& team) noexcept {
  // A member owns a share of y's rows: it finds the first entry for them and walks rows and entries together.
  const Team::Range rows = team.share(args.limit);
  int64_t entry = 0, end = args.count, bad = -1;
  while (entry < end) {
    const int64_t middle = entry + (end - entry) / 2;
    if (args.index[middle] < rows.begin)
      entry = middle + 1;
    else
      end = middle;
  }
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    char* y = static_cast<char*>(args.y) + row * args.y_stride;
    for (; entry < args.count && args.index[entry] < row; ++entry)
      if (bad < 0) bad = entry;
    if (entry < args.count && args.index[entry] == row) {
      std::memcpy(y, static_cast<const char*>(args.x) + entry * args.x_stride, static_cast<size_t>(args.row_bytes));
      ++entry;
    } else {
      std::memset(y, 0, static_cast<size_t>(args.row_bytes));
    }
  }
  const bool first = team.rank() == 0, last = team.rank() == team.size() - 1;
  if (first && args.count > 0 && args.index[0] < 0) bad = 0;
  if (last && bad < 0 && entry < args.count) bad = entry;
  if (args.bad != nullptr) args.bad[team.rank()] = bad;
}

}  // namespace lathe::cpu
