// Tensor files from untrusted hands: npy, npz and safetensors readers over arbitrary bytes. Each must return tensors
// whose bytes can all be read, or throw lathe::Error.
#include <cstdlib>
#include <numeric>

#include "fuzz/seed_files.h"
#include "fuzz/target.h"
#include "io/npy.h"
#include "io/npz.h"
#include "io/safetensors.h"
#include "lathe/error.h"

namespace {

void touch(const lathe::HostTensor& tensor) {
  if (tensor.data.size != static_cast<size_t>(tensor.shape.count()) * lathe::size_of(tensor.dtype)) std::abort();
  volatile uint8_t sum = 0;
  for (std::byte b : tensor.data.bytes()) sum = static_cast<uint8_t>(sum + std::to_integer<uint8_t>(b));
}

template <class F>
void attempt(F parse) {
  try {
    parse();
  } catch (const lathe::Error&) {}
}

lathe::HostTensor counted(const char* name, lathe::DType type, const lathe::Shape& shape) {
  std::vector<uint8_t> bytes(static_cast<size_t>(shape.count()) * lathe::size_of(type));
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  return {name, type, shape, lathe::Blob::copy_of(bytes.data(), bytes.size())};
}

}  // namespace

std::vector<std::string> lathe::fuzz::seeds() {
  const std::vector<HostTensor> tensors = {counted("weight", DType::f32, {3, 5}), counted("bias", DType::bf16, {7}),
                                           counted("ids", DType::i64, {2, 1, 4}), counted("none", DType::f16, {0, 3}),
                                           counted("one", DType::u8, {})};
  return {bytes_of([&](const std::string& path) {
            write_safetensors(path, tensors, {{"format", "pt"}});
          }),
          bytes_of([&](const std::string& path) { write_npz(path, tensors); }),
          bytes_of([&](const std::string& path) { write_npy(path, tensors[0]); }),
          file_bytes(LATHE_SOURCE_DIR "/tests/goldens/models/base/golden.safetensors"),
          file_bytes(LATHE_SOURCE_DIR "/tests/goldens/numpy/compressed.npz"),
          file_bytes(LATHE_SOURCE_DIR "/tests/goldens/numpy/fortran.npy")};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The fuzzer's own buffer has the exact size, so that the address sanitizer sees a read beyond the end.
  lathe::Blob file{nullptr, reinterpret_cast<const std::byte*>(data), size};
  attempt([&] { touch(lathe::parse_npy(file, "fuzz")); });
  attempt([&] {
    for (const lathe::HostTensor& tensor : lathe::parse_npz(file, "fuzz")) touch(tensor);
  });
  attempt([&] {
    lathe::SafetensorsFile tensors = lathe::SafetensorsFile::parse(file, "fuzz");
    for (const auto& entry : tensors.entries()) touch(tensors.tensor(entry));
  });
  return 0;
}
