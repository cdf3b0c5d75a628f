// Plans whose values are changed, by decisions that the bytes take: what a file with right checksums may hold. What
// validation accepts becomes an engine and runs.
//   byte 0: which plan; byte 1: how many changes; then the changes, then the runs (exercise.h)
#include <cstdlib>

#include "compiler/compile.h"
#include "fuzz/change_plan.h"
#include "fuzz/exercise.h"
#include "fuzz/networks.h"
#include "fuzz/target.h"
#include "ir/parse.h"
#include "lathe/build.h"
#include "lathe/error.h"

namespace {
using namespace lathe;

/// With weights of their own on the heap, whose ends sanitizers see.
plan::Plan with_own_weights(plan::Plan plan) {
  for (plan::Weight& weight : plan.weights) weight.data = Blob::copy_of(weight.data.bytes());
  return plan;
}

const std::vector<plan::Plan>& plans() {
  static const std::vector<plan::Plan> list = [] {
    std::vector<plan::Plan> made;
    compiler::CompileOptions unfused;
    unfused.pass_switches = "-pack_tokens,-fuse_linear,-fuse_attention,-fuse_epilogue";
    for (const std::string& text : fuzz::networks()) {
      made.push_back(with_own_weights(compiler::compile(ir::parse(text), {})));
      made.push_back(with_own_weights(compiler::compile(ir::parse(text), unfused)));
    }
    for (const char* model : {"base", "sequence"}) {
      BuildOptions options;
      options.max_batch = 4;
      made.push_back(
          with_own_weights(*build(std::string(LATHE_SOURCE_DIR "/tests/goldens/models/") + model, options).data()));
    }
    return made;
  }();
  return list;
}

}  // namespace

std::vector<std::string> lathe::fuzz::seeds() {
  std::vector<std::string> list;
  for (size_t plan = 0; plan < plans().size(); ++plan)
    for (size_t changes = 0; changes < 3; ++changes) {
      std::string bytes = {static_cast<char>(plan), static_cast<char>(changes)};
      uint64_t state = plan * 3 + changes;
      for (int i = 0; i < 160; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes += static_cast<char>(state >> 56);
      }
      list.push_back(std::move(bytes));
    }
  return list;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Choices choices(data, size);
  plan::Plan changed = plans()[choices.below(plans().size())];
  try {
    for (size_t changes = choices.below(5); changes > 0; --changes) fuzz::change_plan(changed, choices);
    plan::validate(changed, "fuzz");
    const Engine engine{Plan(std::make_shared<plan::Plan>(std::move(changed)))};
    fuzz::exercise(engine, choices);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::internal) std::abort();
  }
  return 0;
}
