#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/tensor.h"

namespace lathe {

/// NumPy's archive of arrays (.npz): a zip file whose entry "<name>.npy" is the array `name`. Entries that are no npy
/// files are passed over. Errors as parse_zip and parse_npy.
std::vector<HostTensor> read_npz(const std::string& path);
/// `where` names the source in errors.
std::vector<HostTensor> parse_npz(const Blob& file, std::string_view where);

/// Uncompressed, in the order given, the same bytes for the same tensors; bf16 is written as f32.
/// Error(invalid_argument) for a repeated or empty name; Error(io) as AtomicFile.
void write_npz(const std::string& path, std::span<const HostTensor> tensors);

}  // namespace lathe
