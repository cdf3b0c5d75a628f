// Plan files: the whole file as bytes, and the description alone (which a checksum protects from random bytes). A plan
// that passes validation becomes an engine, which runs (exercise.h).
#include <cstdlib>

#include "base/hash.h"
#include "fuzz/exercise.h"
#include "fuzz/seed_files.h"
#include "fuzz/target.h"
#include "lathe/build.h"
#include "lathe/engine.h"
#include "plan/description.h"
#include "plan/file.h"

namespace {
using namespace lathe;

constexpr size_t kWeightBytes = size_t{1} << 20;

/// What a description's offsets point into: more than the seeds' weights take.
const Blob& weights() {
  static std::byte* writable = nullptr;
  static const Blob zeros = Blob::zeros(kWeightBytes, &writable);
  return zeros;
}

}  // namespace

std::vector<std::string> lathe::fuzz::seeds() {
  std::vector<std::string> list;
  for (const char* model : {"base", "sequence"}) {
    BuildOptions options;
    options.max_batch = 4;
    Plan plan = build(std::string(LATHE_SOURCE_DIR "/tests/goldens/models/") + model, options);
    list.push_back(bytes_of([&](const std::string& path) { plan.save(path); }));
    std::string_view file = list.back();
    uint64_t description = 0;
    file.copy(reinterpret_cast<char*>(&description), sizeof description, 16);
    list.emplace_back(file.substr(64, description));
  }
  return list;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    plan::read_bytes(Blob::copy_of(data, size), "fuzz");
  } catch (const Error&) {}
  try {
    std::vector<uint64_t> checksums;
    auto plan = std::make_shared<plan::Plan>(
        plan::read_description({reinterpret_cast<const char*>(data), size}, weights(), &checksums, "fuzz"));
    plan::validate(*plan, "fuzz");
    plan::describe(*plan);
    const Engine engine{Plan(plan)};
    engine.inputs();
    engine.outputs();
    fuzz::Choices choices(hash_of(data, size));
    fuzz::exercise(engine, choices);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::internal) std::abort();
  }
  return 0;
}
