// safetensors files from untrusted hands: tensors whose bytes can all be read, or one lathe::Error.
#include "fuzz/seed_files.h"
#include "fuzz/target.h"
#include "fuzz/tensor_files.h"
#include "io/safetensors.h"

std::vector<std::string> lathe::fuzz::seeds() {
  return {bytes_of([](const std::string& path) {
            write_safetensors(path, some_tensors(), {{"format", "pt"}});
          }),
          file_bytes(LATHE_SOURCE_DIR "/tests/goldens/models/base/golden.safetensors")};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The fuzzer's own buffer has the exact size, so that the address sanitizer sees a read beyond the end.
  const lathe::Blob file{nullptr, reinterpret_cast<const std::byte*>(data), size};
  lathe::fuzz::attempt([&] {
    lathe::SafetensorsFile tensors = lathe::SafetensorsFile::parse(file, "fuzz");
    for (const auto& entry : tensors.entries()) lathe::fuzz::touch(tensors.tensor(entry));
  });
  return 0;
}
