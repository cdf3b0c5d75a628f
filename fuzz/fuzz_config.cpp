// config.json: any bytes give a ModelInfo within its documented limits or lathe::Error.
#include <algorithm>
#include <cstdlib>

#include "frontends/huggingface/reader.h"
#include "fuzz/seed_files.h"
#include "fuzz/target.h"
#include "lathe/error.h"

std::vector<std::string> lathe::fuzz::seeds() {
  std::vector<std::string> list;
  for (const auto& entry : std::filesystem::directory_iterator(LATHE_SOURCE_DIR "/tests/goldens/models"))
    list.push_back(file_bytes(entry.path() / "config.json"));
  list.push_back(file_bytes(LATHE_SOURCE_DIR "/models/minilm-fill-mask/config.json"));
  std::sort(list.begin(), list.end());  // folders come in no fixed order
  return list;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    lathe::huggingface::ModelInfo info =
        lathe::huggingface::read_config({reinterpret_cast<const char*>(data), size}, "fuzz");
    if (info.hidden_size < 1 || info.heads < 1 || info.hidden_size % info.heads != 0 || info.id2label.empty())
      std::abort();
  } catch (const lathe::Error&) {}
  return 0;
}
