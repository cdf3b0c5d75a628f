#pragma once
#include <cstdint>

#include "base/thread_pool.h"
#include "lathe/types.h"

// Elements picked and placed by index, of any type. Called by every member of a team, each doing its share; the caller
// meets at a barrier afterwards. Tensors are dense. Functions answer an entry of the indices that points outside, the
// first that the member met, or -1; what they have written by then may be anything.
namespace lathe::cpu {

/// i32 or i64. A negative one counts from the end, where `from_end`.
struct Indices {
  const void* p = nullptr;
  bool wide = false;
  bool from_end = true;
  int64_t given(int64_t i) const {
    return wide ? static_cast<const int64_t*>(p)[i] : static_cast<const int32_t*>(p)[i];
  }
  /// -1: outside of [0, size).
  int64_t at(int64_t i, int64_t size) const {
    int64_t index = given(i);
    if (index < 0 && from_end) index += size;
    return index >= 0 && index < size ? index : -1;
  }
};

/// y[o, i, :] = x[o, index[i], :], rows of `bytes`; o < outer, i < count, index[i] < size.
struct GatherArgs {
  const void* x = nullptr;
  void* y = nullptr;
  Indices index;
  int64_t outer = 1, size = 1, count = 0, bytes = 0;
};
int64_t gather(const GatherArgs& args, Team& team) noexcept;

/// Where rows of `index` [rows, m] point: sum over c < m of index[row, c] * step[c] in some unit, index[row, c] <
/// size[c].
struct Pointers {
  Indices index;
  int64_t rows = 0;
  int m = 0;
  int64_t size[8] = {}, step[8] = {};
  int64_t at(int64_t row) const;  ///< -1: outside
};

/// y[b, r, :] = x[b, pointers(b * rows_of_batch + r), :]; steps of pointers and `whole`, the size of a batch, in bytes.
struct GatherNdArgs {
  const void* x = nullptr;
  void* y = nullptr;
  Pointers pointers;
  int64_t rows_of_batch = 1, whole = 0, bytes = 0;
};
int64_t gather_nd(const GatherNdArgs& args, Team& team) noexcept;

/// How elements of a tensor are joined with what is written over them; results are rounded to its type.
enum class Join : uint8_t { none, add, mul, max, min };

/// y[pointers(r), :] = updates[r, :] or that joined with it, in the order of r; steps of pointers count rows of y.
struct ScatterNdArgs {
  void* y = nullptr;
  const void* updates = nullptr;
  Pointers pointers;
  DType type = DType::f32;
  Join join = Join::none;
  int64_t places = 0, block = 1;  ///< rows of y, and elements of a row
};
int64_t scatter_nd(const ScatterNdArgs& args, Team& team) noexcept;

/// The elements of `index`, whose shape is size[0..rank), and those of another tensor that they mean: element i is at
/// the sum over d != axis of i[d] * step[d] + index[i] * step[axis], index[i] < axis_size; in elements.
struct AlongAxis {
  Indices index;
  int rank = 0, axis = 0;
  int64_t size[8] = {}, step[8] = {};
  int64_t axis_size = 1;
};

/// y[i] = x[where index[i] means], elements of `bytes`: 1, 2, 4 or 8.
int64_t gather_elements(const AlongAxis& along, const void* x, void* y, int64_t bytes, Team& team) noexcept;
/// y[where index[i] means] = updates[i] or that joined with it, in the order of i.
int64_t scatter_elements(const AlongAxis& along, const void* updates, void* y, DType type, Join join,
                         Team& team) noexcept;

/// The k largest (smallest) elements of each line of x [outer, n, inner] and their places, by rank; of equal ones the
/// first comes first, NaN counts as the largest.
struct TopKArgs {
  DType type = DType::f32;
  const void* x = nullptr;
  void* values = nullptr;     ///< [outer, k, inner]
  int64_t* places = nullptr;  ///< likewise
  void* scratch = nullptr;    ///< [team size] of top_k_bytes(n)
  int64_t outer = 1, n = 1, inner = 1, k = 1;
  bool smallest = false;
};
int64_t top_k_bytes(int64_t n);
void top_k(const TopKArgs& args, Team& team) noexcept;

/// y[d, j] = the index along dimension d of the j-th element of x that is not zero, row-major; how many there are.
/// `counts`: [team size].
int64_t non_zero(DType type, const void* x, const int64_t* size, int rank, int64_t* y, int64_t* counts,
                 Team& team) noexcept;

}  // namespace lathe::cpu
