// npy files from untrusted hands: a tensor whose bytes can all be read, or one lathe::Error. What was read is written
// and read again as it was.
#include "fuzz/seed_files.h"
#include "fuzz/target.h"
#include "fuzz/tensor_files.h"
#include "io/npy.h"

std::vector<std::string> lathe::fuzz::seeds() {
  std::vector<std::string> list;
  for (const HostTensor& tensor : some_tensors())
    list.push_back(bytes_of([&](const std::string& path) { write_npy(path, tensor); }));
  for (const auto& entry : std::filesystem::directory_iterator(LATHE_SOURCE_DIR "/tests/goldens/numpy"))
    if (entry.path().extension() == ".npy" && entry.file_size() < 4096) list.push_back(file_bytes(entry.path()));
  std::sort(list.begin(), list.end());
  return list;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lathe;
  fuzz::attempt([&] {
    const HostTensor tensor = parse_npy({nullptr, reinterpret_cast<const std::byte*>(data), size}, "fuzz");
    fuzz::touch(tensor);
    std::string again = npy_header(tensor.dtype, tensor.shape);
    again.append(reinterpret_cast<const char*>(tensor.data.data), tensor.data.size);
    const HostTensor same = parse_npy(Blob::copy_of(again.data(), again.size()), "fuzz");
    fuzz::touch(same);
    if (same.dtype != tensor.dtype || !(same.shape == tensor.shape) || same.data.size != tensor.data.size) std::abort();
  });
  return 0;
}
