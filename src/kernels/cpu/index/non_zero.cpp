#include "kernels/cpu/index/index.h"

namespace lathe::cpu {
namespace {

/// Bits that a zero has not, of whatever sign.
uint64_t bits_of_numbers(DType type) {
  switch (type) {
    case DType::f64: return INT64_MAX;
    case DType::f32: return INT32_MAX;
    case DType::f16:
    case DType::bf16: return INT16_MAX;
    case DType::f8e4m3:
    case DType::f8e5m2: return INT8_MAX;
    default: return UINT64_MAX;
  }
}

template <class T>
int64_t count(const void* p, uint64_t mask, Team::Range range) {
  const T *x = static_cast<const T*>(p), bits = static_cast<T>(mask);
  int64_t found = 0;
  for (int64_t i = range.begin; i < range.end; ++i) found += (x[i] & bits) != 0;
  return found;
}

template <class T>
void list(const void* p, uint64_t mask, Team::Range range, const int64_t* size, int rank, int64_t first, int64_t all,
          int64_t* y) {
  const T *x = static_cast<const T*>(p), bits = static_cast<T>(mask);
  int64_t index[8] = {}, rest = range.begin;
  for (int d = rank - 1; d >= 0; rest /= size[d--]) index[d] = rest % size[d];
  for (int64_t i = range.begin; i < range.end; ++i) {
    if ((x[i] & bits) != 0) {
      for (int d = 0; d < rank; ++d) y[d * all + first] = index[d];
      ++first;
    }
    for (int d = rank - 1; d >= 0 && ++index[d] == size[d]; --d) index[d] = 0;
  }
}

template <class T>
int64_t find(DType type, const void* x, const int64_t* size, int rank, int64_t* y, int64_t* counts, Team& team) {
  const uint64_t mask = bits_of_numbers(type);
  int64_t elements = 1, first = 0, all = 0;
  for (int d = 0; d < rank; ++d) elements *= size[d];
  const Team::Range share = team.share(elements);
  counts[team.rank()] = count<T>(x, mask, share);
  team.barrier();
  for (int member = 0; member < team.size(); ++member) {
    if (member == team.rank()) first = all;
    all += counts[member];
  }
  if (share.begin < share.end) list<T>(x, mask, share, size, rank, first, all, y);
  return all;
}

}  // namespace

int64_t non_zero(DType type, const void* x, const int64_t* size, int rank, int64_t* y, int64_t* counts,
                 Team& team) noexcept {
  switch (bits_of(type)) {
    case 8: return find<uint8_t>(type, x, size, rank, y, counts, team);
    case 16: return find<uint16_t>(type, x, size, rank, y, counts, team);
    case 32: return find<uint32_t>(type, x, size, rank, y, counts, team);
    default: return find<uint64_t>(type, x, size, rank, y, counts, team);
  }
}

}  // namespace lathe::cpu
