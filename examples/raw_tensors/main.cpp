// Builds a model folder, saves the plan, loads it again, and runs it from two threads that share one engine. Each
// thread has a context and memory of its own. One gives a padded batch with a mask, the other the same texts end to
// end.
//
//   raw_tensors MODEL_FOLDER PLAN_TO_WRITE
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "lathe/lathe.h"

namespace {

constexpr const char* kOutput = "last_hidden_state";
constexpr int64_t kBatch = 2, kSeq = 5, kTokens = 8;  // texts of 5 and 3 tokens

/// What a run gave, copied out of the context.
struct Result {
  std::vector<float> values;
  int64_t width = 0;
};
Result result_of(const lathe::Context& context, const std::string& output) {
  const lathe::ConstTensorRef tensor = context.output(output);
  const auto* values = static_cast<const float*>(tensor.data);
  return {{values, values + tensor.shape.count()}, tensor.shape[-1]};
}

Result run_padded(const lathe::Engine& engine) {
  const std::vector<int64_t> ids = {101, 2023, 2003, 2307, 102,  //
                                    101, 7592, 102,  0,    0};
  const std::vector<int64_t> mask = {1, 1, 1, 1, 1,  //
                                     1, 1, 1, 0, 0};
  lathe::Context context = engine.context({.threads = 1});
  context.set_input("input_ids", {lathe::DType::i64, {kBatch, kSeq}, ids.data()});
  context.set_input("attention_mask", {lathe::DType::i64, {kBatch, kSeq}, mask.data()});
  context.request({kOutput});
  context.run().throw_if_error();
  return result_of(context, kOutput);
}

Result run_packed(const lathe::Engine& engine) {
  const std::vector<int32_t> ids = {101, 2023, 2003, 2307, 102, 101, 7592, 102};
  const std::vector<int32_t> cu_seqlens = {0, 5, 8};  // where each text begins, and the end
  const std::string output = std::string("packed.") + kOutput;
  lathe::Context context = engine.context({.threads = 1});
  context.set_input("packed.input_ids", {lathe::DType::i32, {kTokens}, ids.data()});
  context.set_input("cu_seqlens", {lathe::DType::i32, {kBatch + 1}, cu_seqlens.data()});
  context.request({output});
  context.run().throw_if_error();
  return result_of(context, output);
}

/// Errors do not cross threads by themselves.
template <class Work>
std::thread start(Work work, std::exception_ptr& problem) {
  return std::thread([work, &problem] {
    try {
      work();
    } catch (...) {
      problem = std::current_exception();
    }
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: raw_tensors MODEL_FOLDER PLAN_TO_WRITE\n");
    return 2;
  }
  try {
    lathe::BuildOptions options;
    options.outputs = {kOutput};
    lathe::build(argv[1], options).save(argv[2]);
    const lathe::Engine engine(lathe::Plan::load(argv[2]));

    Result padded, packed;
    std::exception_ptr problems[2];
    std::thread first = start([&] { padded = run_padded(engine); }, problems[0]);
    std::thread second = start([&] { packed = run_packed(engine); }, problems[1]);
    first.join();
    second.join();
    for (const std::exception_ptr& problem : problems)
      if (problem) std::rethrow_exception(problem);

    // The second text begins at row 5 in both: [1, 0] of the padded batch, token 5 of the packed one.
    float difference = 0;
    for (size_t i = 0; i < packed.values.size(); ++i)
      difference = std::max(difference, std::fabs(padded.values[i] - packed.values[i]));
    std::printf("width %lld, first value %.6f, largest difference between padded and packed %g\n",
                static_cast<long long>(packed.width), static_cast<double>(packed.values[0]),
                static_cast<double>(difference));
    return difference < 1e-4f ? 0 : 1;
  } catch (const lathe::Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
