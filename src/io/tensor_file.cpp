#include "io/tensor_file.h"

#include "base/error.h"
#include "io/npy.h"
#include "io/npz.h"
#include "io/safetensors.h"

namespace lathe {

std::vector<HostTensor> read_tensor_file(const std::string& path) {
  Blob file = FileMap(path).blob();
  std::string_view start(reinterpret_cast<const char*>(file.data), std::min<size_t>(file.size, 6));
  if (start.starts_with("\x93NUMPY")) return {parse_npy(file, path)};
  if (start.starts_with("PK")) return parse_npz(file, path);
  if (path.ends_with(".npy") || path.ends_with(".npz"))
    fail(ErrorCode::corrupt_file, path, "save it again", "is no NumPy file ({} bytes, no signature)", file.size);
  SafetensorsFile tensors = SafetensorsFile::parse(file, path);
  std::vector<HostTensor> result;
  for (const auto& entry : tensors.entries()) result.push_back(tensors.tensor(entry));
  return result;
}

void check_tensor_file_name(const std::string& path, size_t tensors) {
  if (path.ends_with(".npz") || path.ends_with(".safetensors")) return;
  if (!path.ends_with(".npy"))
    fail(ErrorCode::invalid_argument, path, "end it in .npy, .npz or .safetensors",
         "the name does not tell the format");
  if (tensors != 1)
    fail(ErrorCode::invalid_argument, path, "use .npz or .safetensors", "an npy file holds one tensor, not {}",
         tensors);
}

void write_tensor_file(const std::string& path, std::span<const HostTensor> tensors) {
  check_tensor_file_name(path, tensors.size());
  if (path.ends_with(".npz"))
    write_npz(path, tensors);
  else if (path.ends_with(".safetensors"))
    write_safetensors(path, tensors);
  else
    write_npy(path, tensors[0]);
}

}  // namespace lathe
