// Plan files: the whole file as bytes, and the description alone (which a checksum protects from random bytes). A plan
// that passes validation becomes an engine, which runs small batches in both forms.
#include <cstdlib>

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

/// A plan may ask for any amount of work; the fuzzer's time is limited.
constexpr int64_t kMostBytes = int64_t{1} << 20, kBatch = 2, kSeq = 3;

int64_t bytes_of_a_run(const plan::Plan& plan) {
  int64_t sum = 0;
  for (const plan::Tensor& tensor : plan.tensors) {
    int64_t bytes = 8;
    for (const Dim& d : tensor.type.shape)
      bytes = saturating_mul(
          bytes, std::max<int64_t>(1, std::abs(d.evaluate([](std::string_view symbol) {
                                     return symbol == "batch" ? kBatch : symbol == "seq" ? kSeq : kBatch * kSeq;
                                   }))));
    sum = saturating_add(sum, bytes);
  }
  return sum;
}

void run(const Engine& engine) {
  Context context = engine.context({.threads = 1});
  std::vector<std::string> wanted;
  for (const TensorInfo& output : engine.outputs()) wanted.push_back(output.name);
  const std::vector<int32_t> ids = {3, 9, 1, 4, 0, 2}, mask = {1, 1, 0, 1, 1, 1};
  try {
    context.set_input("input_ids", {DType::i32, {kBatch, kSeq}, ids.data()});
    context.set_input("attention_mask", {DType::i32, {kBatch, kSeq}, mask.data()});
  } catch (const Error&) {}
  (void)context.run();
  const std::vector<int32_t> bounds = {0, 2, 6}, rows = {0, 5, 3};
  try {
    context.clear_inputs();
    context.set_input("packed.input_ids", {DType::i32, {kBatch * kSeq}, ids.data()});
    context.set_input("cu_seqlens", {DType::i32, {kBatch + 1}, bounds.data()});
    context.set_input("rows", {DType::i32, {3}, rows.data()});
  } catch (const Error&) {}
  for (const std::string& name : wanted) {
    context.request({name});
    (void)context.run();
  }
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
    if (bytes_of_a_run(*plan) < kMostBytes) run(engine);
  } catch (const Error&) {}
  return 0;
}
