#pragma once
#include <span>
#include <string>
#include <vector>

#include "io/tensor.h"

namespace lathe {

/// The tensors of an npy, npz or safetensors file; the content, not the name, tells which it is. An npy's one tensor
/// has an empty name. Errors as the three readers.
std::vector<HostTensor> read_tensor_file(const std::string& path);
/// The format by the ending .npy (one tensor), .npz or .safetensors; Error(invalid_argument) for another ending.
void write_tensor_file(const std::string& path, std::span<const HostTensor> tensors);
/// The same check of the ending, for a program that wants to refuse before it computes.
void check_tensor_file_name(const std::string& path, size_t tensors);

}  // namespace lathe
