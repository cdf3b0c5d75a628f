#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/file.h"
#include "lathe/types.h"

namespace lathe {

/// A named tensor in host memory: row-major, contiguous, little-endian. `data.size` is bytes_of(dtype, shape.count());
/// `data.data` is aligned for the element type; booleans are 0 or 1.
struct HostTensor {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
  Blob data;

  template <class T>
  std::span<const T> as() const {
    return data.as<T>();
  }
};

/// Bytes of a tensor of this shape, or -1 when a dimension is negative or the dimensions other than 0 make 2^62 bytes
/// or more.
int64_t tensor_bytes(DType dtype, const Shape& shape);

/// A tensor over bytes of the right size that came from a file: copies only where the contract of HostTensor asks for
/// it (misaligned bytes, booleans other than 0 and 1).
HostTensor tensor_over(std::string name, DType dtype, const Shape& shape, Blob bytes);

/// The elements as another type: f64, f32, f16 and bf16 into each other, integers and booleans into i64 or i32, and
/// any of them into f32 or f64. Error(unsupported) for another pair, Error(out_of_range) for a value that i32 cannot
/// hold.
HostTensor converted(const HostTensor& tensor, DType dtype);

/// A name from a file as an error message shows it: quoted, and cut when very long.
std::string shown(std::string_view name);

}  // namespace lathe
