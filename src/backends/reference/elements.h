#pragma once
#include <cstdint>

#include "backends/tactic.h"
#include "base/dtype.h"

namespace lathe::backends::reference {

/// Elements of a tensor by their row-major index, whatever its type and layout. Widening to double is exact for
/// every type but 64-bit integers, which travel as int64_t. Narrowing rounds once, to nearest even; a double outside an
/// integer type's range becomes the nearest value it has, NaN becomes 0.
double load(const TensorView& t, int64_t index);
int64_t load_integer(const TensorView& t, int64_t index);
void store(const TensorView& t, int64_t index, double value);
void store_integer(const TensorView& t, int64_t index, int64_t value);

/// `count` consecutive elements at once.
void load_run(const TensorView& t, int64_t index, int64_t count, double* out);
void load_run(const TensorView& t, int64_t index, int64_t count, int64_t* out);
void store_run(const TensorView& t, int64_t index, int64_t count, const double* values);
void store_run(const TensorView& t, int64_t index, int64_t count, const int64_t* values);

/// Copies elements as they are; both tensors have one type.
void copy_run(const TensorView& to, int64_t to_index, const TensorView& from, int64_t from_index, int64_t count);
void zero_run(const TensorView& t, int64_t index, int64_t count);
/// The zeros that fill up the last block of each row of blocks.
void zero_padding(const TensorView& t);

/// sum_i x[i] * t[index + i]
double dot(const double* x, const TensorView& t, int64_t index, int64_t count);
/// y[i] += a * t[index + i]
void add_scaled(double a, const TensorView& t, int64_t index, int64_t count, double* y);

inline bool contiguous(const TensorView& t) {
  return t.strides.rank() == 0 && (t.row_stride == t.width() || t.rows() <= 1);
}

/// Row-major strides in elements of a contiguous tensor of this shape.
struct Strides {
  int64_t of[Shape::kMaxRank] = {};
  explicit Strides(const Shape& shape) {
    int64_t next = 1;
    for (int d = shape.rank() - 1; d >= 0; --d) {
      of[d] = next;
      next *= shape[d];
    }
  }
};

/// How an input repeats to fill the output: a stride of 0 along broadcast dimensions.
struct Broadcast {
  int64_t stride[Shape::kMaxRank] = {};
  Broadcast(const Shape& input, const Shape& output) {
    Strides own(input);
    int offset = output.rank() - input.rank();
    for (int d = 0; d < input.rank(); ++d) stride[offset + d] = input[d] == 1 ? 0 : own.of[d];
  }
};

/// The sum of stride[d] * i[d] where i are the coordinates of row-major index `index` in the first `rank` dimensions
/// of `shape`.
int64_t locate(int64_t index, const Shape& shape, int rank, const int64_t* stride);

/// Elements that the chunked loops keep on the stack.
inline constexpr int64_t kChunk = 256;

}  // namespace lathe::backends::reference
