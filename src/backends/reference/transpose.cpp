#include "ops/transpose.h"

#include <algorithm>

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

/// A matrix [rows, columns] turned, tile by tile: large weights are turned when a model is built.
template <class T>
void turn(const T* from, T* to, int64_t rows, int64_t columns) {
  constexpr int64_t kTile = 32;
  for (int64_t r = 0; r < rows; r += kTile)
    for (int64_t c = 0; c < columns; c += kTile)
      for (int64_t j = c; j < std::min(c + kTile, columns); ++j)
        for (int64_t i = r; i < std::min(r + kTile, rows); ++i) to[j * rows + i] = from[i * columns + j];
}

void turn_matrix(const TensorView& x, const TensorView& y) {
  int64_t rows = x.shape[0], columns = x.shape[1];
  switch (size_of(x.dtype)) {
    case 1: return turn(x.as<const uint8_t>(), y.as<uint8_t>(), rows, columns);
    case 2: return turn(x.as<const uint16_t>(), y.as<uint16_t>(), rows, columns);
    case 4: return turn(x.as<const uint32_t>(), y.as<uint32_t>(), rows, columns);
    default: return turn(x.as<const uint64_t>(), y.as<uint64_t>(), rows, columns);
  }
}

void run(const ops::Transpose& op, const Launch& launch) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  int rank = y.shape.rank();
  Strides own(x.shape);
  int64_t stride[Shape::kMaxRank] = {};
  for (int d = 0; d < rank; ++d) {
    int64_t axis = op.perm[static_cast<size_t>(d)];
    stride[d] = own.of[axis < 0 ? axis + rank : axis];
  }
  int64_t width = y.width();
  if (rank == 2 && stride[0] == 1 && contiguous(x) && contiguous(y)) return turn_matrix(x, y);
  for (int64_t row = 0; row < y.rows(); ++row) {
    int64_t from = rank == 0 ? 0 : locate(row, y.shape, rank - 1, stride);
    if (rank == 0 || stride[rank - 1] == 1)
      copy_run(y, row * width, x, from, width);
    else
      for (int64_t i = 0; i < width; ++i) copy_run(y, row * width + i, x, from + i * stride[rank - 1], 1);
  }
}

}  // namespace
LATHE_REFERENCE(Transpose, transpose, .run = run)
}  // namespace lathe::backends::reference
