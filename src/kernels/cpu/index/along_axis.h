#pragma once
#include "kernels/cpu/index/index.h"

namespace lathe::cpu {

/// f(i, place) for the elements of `along` whose coordinate in dimension `split` lies in the range, in row-major order;
/// the first entry that points outside ends it.
template <class F>
int64_t for_along(const AlongAxis& along, int split, Team::Range range, F f) {
  int64_t index[8] = {}, begin[8] = {}, end[8] = {}, own[8] = {};
  int64_t next = 1;
  for (int d = along.rank - 1; d >= 0; --d) {
    begin[d] = index[d] = d == split ? range.begin : 0;
    end[d] = d == split ? range.end : along.size[d];
    own[d] = next;
    next *= along.size[d];
    if (begin[d] >= end[d]) return -1;
  }
  const int last = along.rank - 1;
  for (;;) {
    int64_t i = 0, at = 0;
    for (int d = 0; d < last; ++d) {
      i += index[d] * own[d];
      at += d == along.axis ? 0 : index[d] * along.step[d];
    }
    const int64_t step = last == along.axis ? 0 : along.step[last];
    for (int64_t j = begin[last]; j < end[last]; ++j) {
      const int64_t picked = along.index.at(i + j, along.axis_size);
      if (picked < 0) return i + j;
      f(i + j, at + j * step + picked * along.step[along.axis]);
    }
    int d = last - 1;
    for (; d >= 0 && ++index[d] == end[d]; --d) index[d] = begin[d];
    if (d < 0) return -1;
  }
}

}  // namespace lathe::cpu
