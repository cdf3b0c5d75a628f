#pragma once
#include "backends/tactic.h"
#include "ops/scatter_elements.h"

namespace lathe::backends::reference {

/// The index that `given` means in a dimension of `size`, negative ones from its end; -1, with a fault, for one
/// outside.
int64_t checked_index(int64_t given, int64_t size, Fault* fault);

/// Where row `row` of `indices` [.., m] points: the first element, in row-major order, of the part of a tensor of this
/// shape that its coordinates in the dimensions from `first` on pick. -1, with a fault, for one outside.
int64_t pointed_at(const TensorView& indices, int64_t row, const Shape& shape, int first, Fault* fault);

/// Element `index` of data in each dimension but the axis, where it is `along`; -1 where data is too small, with a
/// fault.
int64_t along_axis(int64_t index, const Shape& indices, const Shape& data, int axis, int64_t along, Fault* fault);

/// y[at] = update[from], or that joined with it.
void scatter(ops::ScatterReduction reduction, const TensorView& y, int64_t at, const TensorView& update, int64_t from);

}  // namespace lathe::backends::reference
