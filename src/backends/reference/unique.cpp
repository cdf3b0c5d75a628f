#include "ops/unique.h"

#include <algorithm>
#include <numeric>

#include "backends/reference/definition.h"
#include "backends/reference/order.h"

namespace lathe::backends::reference {
namespace {

/// Parts of a tensor that are compared: part p has the elements (o * parts + p) * inner + i for all o and i.
struct Parts {
  int64_t count, inner, outer;
  Parts(const ops::Unique& op, const Shape& x) {
    if (!op.along_axis) {
      count = x.count();
      inner = outer = 1;
      return;
    }
    const int axis = static_cast<int>(op.axis < 0 ? op.axis + x.rank() : op.axis);
    count = x[axis];
    inner = outer = 1;
    for (int d = 0; d < axis; ++d) outer *= x[d];
    for (int d = axis + 1; d < x.rank(); ++d) inner *= x[d];
  }
  int compare(const TensorView& x, int64_t a, int64_t b) const {
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t i = 0; i < inner; ++i)
        if (const int by = order(x, (o * count + a) * inner + i, (o * count + b) * inner + i); by != 0) return by;
    return 0;
  }
};

int64_t scratch(const ops::Unique& op, std::span<const TensorView> in, std::span<const TensorView>) {
  return 4 * Parts(op, in[0].shape).count;
}

/// By part: the first part that equals it, and of such its place in y. Returns how many there are.
int64_t number(const ops::Unique& op, const TensorView& x, const Parts& parts, int64_t* ranked, int64_t* first,
               int64_t* place) {
  std::iota(ranked, ranked + parts.count, int64_t{0});
  std::sort(ranked, ranked + parts.count, [&](int64_t a, int64_t b) {
    const int by = parts.compare(x, a, b);
    return by == 0 ? a < b : by < 0;
  });
  int64_t found = 0;
  for (int64_t r = 0; r < parts.count; ++r) {
    const bool equal = r > 0 && parts.compare(x, ranked[r - 1], ranked[r]) == 0;
    first[ranked[r]] = equal ? first[ranked[r - 1]] : ranked[r];
    if (!equal) place[ranked[r]] = found++;
  }
  for (int64_t p = 0, next = 0; p < parts.count && !op.sorted; ++p)
    if (first[p] == p) place[p] = next++;
  return found;
}

/// Parts of the result are as far apart as their count says: it is found first.
void run(const ops::Unique& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0], &indices = launch.outputs[1],
                   &inverse = launch.outputs[2], &counts = launch.outputs[3];
  const Parts parts(op, x.shape);
  auto* ranked = reinterpret_cast<int64_t*>(launch.workspace);
  int64_t *first = ranked + parts.count, *place = first + parts.count, *tally = place + parts.count;
  const int64_t found = number(op, x, parts, ranked, first, place);
  std::fill(tally, tally + found, int64_t{0});
  for (int64_t p = 0; p < parts.count; ++p) {
    const int64_t to = place[first[p]];
    store_integer(inverse, p, to);
    if (tally[to]++ > 0) continue;
    store_integer(indices, to, p);
    for (int64_t o = 0; o < parts.outer; ++o)
      copy_run(y, (o * found + to) * parts.inner, x, (o * parts.count + p) * parts.inner, parts.inner);
  }
  for (int64_t i = 0; i < found; ++i) store_integer(counts, i, tally[i]);
  launch.extents[0] = found;
}

}  // namespace
LATHE_REFERENCE(Unique, unique, .run = run, .scratch = scratch)
}  // namespace lathe::backends::reference
