// Tensor files from untrusted hands: npy, npz and safetensors readers over arbitrary bytes. Each must return tensors
// whose bytes can all be read, or throw lathe::Error.
#include <cstdlib>

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

}  // namespace

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
