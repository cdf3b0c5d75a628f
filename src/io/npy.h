#pragma once
#include <string>
#include <string_view>

#include "io/tensor.h"

namespace lathe {

/// NumPy's array file (.npy), versions 1 to 3:
///   "\x93NUMPY", major, minor, header length (u16 in version 1, else u32), header, elements
///   header: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } + spaces + "\n"
/// Fortran order is transposed on reading. A C-order array shares the bytes it is read from.
///   Error(corrupt_file)  the header does not parse, or the size contradicts it
///   Error(unsupported)   big-endian, complex, text, object or structured elements; more than Shape::kMaxRank
///   dimensions
/// The tensor's name is left empty.
HostTensor read_npy(const std::string& path);
/// `where` names the source in errors.
HostTensor parse_npy(const Blob& file, std::string_view where);

/// The file's bytes before the elements, 64-byte aligned. NumPy has no bf16: it is written as f32, which is exact.
std::string npy_header(DType dtype, const Shape& shape);
/// Header and elements. Written whole or not at all; Error(io) as AtomicFile.
void write_npy(const std::string& path, const HostTensor& tensor);

}  // namespace lathe
