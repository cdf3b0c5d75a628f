// config.json: any bytes give a ModelInfo within its documented limits or lathe::Error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "frontends/huggingface/reader.h"
#include "lathe/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    lathe::huggingface::ModelInfo info =
        lathe::huggingface::read_config({reinterpret_cast<const char*>(data), size}, "fuzz");
    if (info.hidden_size < 1 || info.heads < 1 || info.hidden_size % info.heads != 0 || info.id2label.empty())
      std::abort();
  } catch (const lathe::Error&) {}
  return 0;
}
