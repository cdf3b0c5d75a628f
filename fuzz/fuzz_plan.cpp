// Plan files: the whole file as bytes, and the description alone (which a checksum protects from random bytes).
#include <cstddef>
#include <cstdint>

#include "lathe/error.h"
#include "plan/description.h"
#include "plan/file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lathe;
  try {
    plan::read_bytes(Blob::copy_of(data, size), "fuzz");
  } catch (const Error&) {}
  static std::byte* writable = nullptr;
  static const Blob weights = Blob::zeros(4096, &writable);
  try {
    std::vector<uint64_t> checksums;
    plan::Plan plan = plan::read_description({reinterpret_cast<const char*>(data), size}, weights, &checksums, "fuzz");
    plan::validate(plan, "fuzz");
    plan::describe(plan);
  } catch (const Error&) {}
  return 0;
}
