// ONNX files: any bytes are a model or one lathe::Error. What is read goes through the passes to a plan, and runs.
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/hash.h"
#include "compiler/compile.h"
#include "compiler/reference_evaluator.h"
#include "frontends/onnx/reader.h"
#include "frontends/onnx/write/writer.h"
#include "fuzz/exercise.h"
#include "fuzz/seed_files.h"
#include "fuzz/target.h"
#include "lathe/error.h"
#include "ops/loop.h"
#include "tests/support/onnx_writer.h"

namespace {
using namespace lathe;
using test::OnnxAttribute;
using test::OnnxModel;

void expect_no_fault(const Error& error) {
  if (error.code() != ErrorCode::internal) return;
  std::fprintf(stderr, "%s\n", error.what());
  std::abort();
}

/// Whether it takes longer than anyone waits: that is no fault. Loops, and tensors that the reference works on for
/// long.
bool runs_long(const ir::Network& network) {
  for (size_t v = 0; v < network.value_count(); ++v) {
    int64_t count = 1;
    for (const Dim& d : network.value(static_cast<ir::ValueId>(v)).type.shape)
      count = saturating_mul(count, d.is_constant() ? d.constant() : 4);
    if (count > 1 << 14) return true;
  }
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

/// Loops, branches, functions, shapes that are computed.
std::vector<OnnxModel> models() {
  std::vector<OnnxModel> list = {test::small_model()};
  OnnxModel loop = test::small_model();
  loop.graph.initializers.push_back({"trips", 7, {}, test::raw_of(std::vector<int64_t>{3})});
  test::OnnxGraph body;
  body.inputs = {{"i", 7, {}}, {"going", 9, {}}, {"s", 1, {"n", "2"}}};
  body.nodes = {{"Identity", {"going"}, {"on"}}, {"Add", {"s", "b"}, {"t"}}};
  body.outputs = {{"on", 9, {}}, {"t", 1, {"n", "2"}}, {"t", 1, {"n", "2"}}};
  loop.graph.nodes[2] = {"Loop", {"trips", "", "sum"}, {"y", "all"}, {{.name = "body", .graphs = {body}}}};
  list.push_back(loop);
  OnnxModel branch = test::small_model();
  branch.graph.inputs.push_back({"c", 9, {}});
  test::OnnxGraph yes, no;
  yes.nodes = {{"Relu", {"sum"}, {"r"}}};
  yes.outputs = {{"r", 1, {"n", "2"}}};
  no.nodes = {{"Neg", {"sum"}, {"m"}}};
  no.outputs = {{"m", 1, {"n", "2"}}};
  branch.graph.nodes[2] = {
      "If", {"c"}, {"y"}, {{.name = "then_branch", .graphs = {yes}}, {.name = "else_branch", .graphs = {no}}}};
  list.push_back(branch);
  OnnxModel function = test::small_model();
  function.opsets.push_back({"own", 1});
  function.functions = {{"Twice", "own", {"a"}, {"b"}, {{"Add", {"a", "a"}, {"b"}}}}};
  function.graph.nodes[2] = {"Twice", {"sum"}, {"y"}, {}, "own"};
  list.push_back(function);
  OnnxModel shapes = test::small_model();
  shapes.graph.initializers.push_back({"minus", 7, {1}, test::raw_of(std::vector<int64_t>{-1})});
  shapes.graph.nodes[2] = {"Shape", {"sum"}, {"shape"}};
  shapes.graph.nodes.push_back({"Concat", {"minus", "shape"}, {"more"}, {{.name = "axis", .integer = 0}}});
  shapes.graph.nodes.push_back({"Reshape", {"sum", "more"}, {"apart"}});
  shapes.graph.nodes.push_back({"Softmax", {"apart"}, {"y"}, {{.name = "axis", .integer = 1}}});
  list.push_back(shapes);
  return list;
}

Blob written(const ir::Network& network) {
  std::string bytes;
  onnx::proto::write(onnx::model_of(network), [&](std::string_view part) { bytes += part; });
  return Blob::copy_of(bytes.data(), bytes.size());
}

}  // namespace

/// And the cases of the onnx package, where LATHE_ONNX_CASES names their folder.
std::vector<std::string> lathe::fuzz::seeds() {
  std::vector<std::string> list;
  for (const OnnxModel& model : models()) list.push_back(test::onnx_bytes(model));
  const char* folder = std::getenv("LATHE_ONNX_CASES");
  if (folder == nullptr) return list;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (const auto file = entry.path() / "model.onnx";
        std::filesystem::exists(file) && std::filesystem::file_size(file) < 8192)
      list.push_back(file_bytes(file));
  return list;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kLongest = 16384;
  if (size > kLongest) return 0;
  fuzz::Choices choices(hash_of(data, size));
  onnx::ReadOptions options;
  options.evaluator = &compiler::reference_evaluator();
  if (choices.one_in(4)) options.report = [](const onnx::NodeReport&) {};
  try {
    ir::Network network = onnx::read_model(Blob::copy_of(data, size), "fuzz.onnx", options);
    if (runs_long(network)) return 0;
    if (choices.one_in(4)) network = onnx::read_model(written(network), "written.onnx", {options.evaluator});
    compiler::CompileOptions compile;
    if (choices.one_in(2)) compile.padding = passes::Padding::dropped;
    const Engine engine{Plan(std::make_shared<plan::Plan>(compiler::compile(std::move(network), compile)))};
    fuzz::exercise(engine, choices);
  } catch (const Error& error) {
    expect_no_fault(error);
  }
  return 0;
}
