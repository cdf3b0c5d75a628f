// Printed networks: any text is a network or one lathe::Error. What parses prints as it parses, is written as ONNX or
// refused, goes through the passes to a plan, and runs. Bytes that begin with 0 are no text but decisions, of which a
// network is made (grow_network.h).
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/hash.h"
#include "compiler/compile.h"
#include "frontends/onnx/write/writer.h"
#include "fuzz/exercise.h"
#include "fuzz/grow_network.h"
#include "fuzz/networks.h"
#include "fuzz/target.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "lathe/error.h"
#include "ops/loop.h"

namespace {
using namespace lathe;

/// Aborts with the message on what is no fault of the input.
void expect_no_fault(const Error& error) {
  if (error.code() != ErrorCode::internal) return;
  std::fprintf(stderr, "%s\n", error.what());
  std::abort();
}

/// Whether a loop may run for longer than anyone waits: that is no fault.
bool runs_long(const ir::Network& network) {
  for (ir::NodeId id : network.nodes()) {
    const ir::Node& node = network.node(id);
    if (const auto* loop = node.op.as<ops::Loop>();
        loop && !(loop->most[0].is_constant() && loop->most[0].constant() <= 8))
      return true;
    for (const auto& block : node.blocks)
      if (runs_long(*block)) return true;
  }
  return false;
}

void compile_and_run(ir::Network network, fuzz::Choices& choices) {
  if (runs_long(network)) return;
  const std::string text = ir::print(network);
  try {
    network = ir::parse(text);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n%s", text.c_str(), error.what());
    std::abort();
  }
  if (const std::string again = ir::print(network); again != text) {
    std::fprintf(stderr, "%s\nreads as\n%s", text.c_str(), again.c_str());
    std::abort();
  }
  compiler::CompileOptions options;
  if (choices.one_in(2)) options.padding = passes::Padding::dropped;
  try {
    if (choices.one_in(4)) onnx::model_of(network);
    const Engine engine{Plan(std::make_shared<plan::Plan>(compiler::compile(std::move(network), options)))};
    fuzz::exercise(engine, choices);
  } catch (const Error& error) {
    expect_no_fault(error);
  }
}

}  // namespace

std::vector<std::string> lathe::fuzz::seeds() {
  std::vector<std::string> list = networks();
  uint64_t state = 1;
  for (int seed = 0; seed < 40; ++seed) {
    std::string bytes(1, '\0');
    for (int i = 0; i < 200; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      bytes += static_cast<char>(state >> 56);
    }
    list.push_back(std::move(bytes));
  }
  return list;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kLongest = 4096;  // work grows with the square of the length
  if (size > kLongest) return 0;
  if (size > 0 && data[0] == 0) {
    fuzz::Choices choices(data + 1, size - 1);
    compile_and_run(fuzz::grow_network(choices), choices);
    return 0;
  }
  ir::Network network;
  try {
    network = ir::parse({reinterpret_cast<const char*>(data), size}, {.max_constant_bytes = 1 << 16});
  } catch (const Error&) {
    return 0;
  }
  fuzz::Choices choices(hash_of(data, size));
  compile_and_run(std::move(network), choices);
  return 0;
}
