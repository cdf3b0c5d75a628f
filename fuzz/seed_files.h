#pragma once
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

namespace lathe::fuzz {

inline std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What `write` puts into the file that it is given.
inline std::string bytes_of(const std::function<void(const std::string& path)>& write) {
  const auto path =
      std::filesystem::temp_directory_path() / ("lathe-fuzz-" + std::to_string(getpid()) + ".safetensors");
  write(path.string());
  std::string bytes = file_bytes(path);
  std::filesystem::remove(path);
  return bytes;
}

}  // namespace lathe::fuzz
