#include "kernels/cpu/elementwise/rows.h"

#include <cstring>

namespace lathe::cpu {

void gather_rows(const RowsArgs& args, Team& team) noexcept {
  const Team::Range share = team.share(args.count);
  int64_t bad = -1;
  for (int64_t i = share.begin; i < share.end; ++i) {
    char* y = static_cast<char*>(args.y) + i * args.y_stride;
    int64_t row = args.index == nullptr ? i : args.index[i];
    if (row < 0 && args.from_end) row += args.limit;
    if (row >= 0 && row < args.limit) {
      std::memcpy(y, static_cast<const char*>(args.x) + row * args.x_stride, static_cast<size_t>(args.row_bytes));
    } else {
      std::memset(y, 0, static_cast<size_t>(args.row_bytes));
      if (bad < 0) bad = i;
    }
  }
  if (args.bad != nullptr) args.bad[team.rank()] = bad;
}

namespace {

bool rises(const int32_t* index, int64_t count) {
  int64_t falls = 0;  // no way out of the loop, so that it is one of vectors
  for (int64_t i = 1; i < count; ++i) falls += index[i] <= index[i - 1];
  return falls == 0;
}

/// A member's rows of y where the entries come in any order: zeros, then each entry that falls among them.
int64_t scatter_any_order(const RowsArgs& args, const Team::Range& rows) {
  int64_t bad = -1;
  char* y = static_cast<char*>(args.y);
  const auto bytes = static_cast<size_t>(args.row_bytes);
  for (int64_t row = rows.begin; row < rows.end; ++row) std::memset(y + row * args.y_stride, 0, bytes);
  for (int64_t i = 0; i < args.count; ++i) {
    const int64_t row = args.index[i];
    if (row >= rows.begin && row < rows.end)
      std::memcpy(y + row * args.y_stride, static_cast<const char*>(args.x) + i * args.x_stride, bytes);
    else if ((row < 0 || row >= args.limit) && bad < 0)
      bad = i;
  }
  return bad;
}

/// The same where the entries rise: rows and entries are walked together, and each row is written once.
int64_t scatter_rising(const RowsArgs& args, const Team::Range& rows) {
  int64_t entry = 0, end = args.count;
  while (entry < end) {
    const int64_t middle = entry + (end - entry) / 2;
    if (args.index[middle] < rows.begin)
      entry = middle + 1;
    else
      end = middle;
  }
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    char* y = static_cast<char*>(args.y) + row * args.y_stride;
    if (entry < args.count && args.index[entry] == row) {
      std::memcpy(y, static_cast<const char*>(args.x) + entry * args.x_stride, static_cast<size_t>(args.row_bytes));
      ++entry;
    } else {
      std::memset(y, 0, static_cast<size_t>(args.row_bytes));
    }
  }
  if (args.count > 0 && args.index[0] < 0) return 0;
  return args.count > 0 && args.index[args.count - 1] >= args.limit ? args.count - 1 : -1;
}

}  // namespace

void scatter_rows(const RowsArgs& args, Team& team) noexcept {
  const Team::Range rows = team.share(args.limit);
  const int64_t bad = rises(args.index, args.count) ? scatter_rising(args, rows) : scatter_any_order(args, rows);
  if (args.bad != nullptr) args.bad[team.rank()] = bad;
}

}  // namespace lathe::cpu
