// Graphs within graphs and functions that call themselves.
#include "tests/errors/onnx_files.h"

namespace lathe {
namespace {
using namespace test;

TEST(ErrorsOnnxNested, GraphsWithinGraphs) {
  OnnxModel model = small_model();
  OnnxGraph inner;
  for (int i = 0; i < 200; ++i) {
    OnnxGraph outer;
    outer.nodes = {{"If", {"c"}, {"y"}, {{.name = "then_branch", .graphs = {inner}}}}};
    inner = outer;
  }
  model.graph.nodes.push_back({"If", {"c"}, {"z"}, {{.name = "then_branch", .graphs = {inner}}}});
  OnnxFile(model).refuses(ErrorCode::corrupt_file, "model.onnx", "graphs within graphs without end", "again");
}

TEST(ErrorsOnnxNested, AFunctionThatCallsItself) {
  OnnxModel model = small_model();
  model.opsets.push_back({"own", 1});
  model.functions = {{"Round", "own", {"a"}, {"b"}, {{"Round", {"a"}, {"b"}, {}, "own"}}}};
  model.graph.nodes = {{"Round", {"x"}, {"y"}, {}, "own"}};
  OnnxFile(model).refuses(ErrorCode::corrupt_file, "Round", "nested without end", "again");
}

TEST(ErrorsOnnxNested, FunctionsThatMultiply) {
  OnnxModel model = small_model();
  model.opsets.push_back({"own", 1});
  std::string below;
  for (int i = 0; i < 40; ++i) {
    const std::string name = "f" + std::to_string(i);
    const OnnxNode first = i == 0 ? OnnxNode{"Relu", {"a"}, {"m"}} : OnnxNode{below, {"a"}, {"m"}, {}, "own"},
                   second = i == 0 ? OnnxNode{"Relu", {"m"}, {"b"}} : OnnxNode{below, {"m"}, {"b"}, {}, "own"};
    model.functions.push_back({name, "own", {"a"}, {"b"}, {first, second}});
    below = name;
  }
  model.graph.nodes = {{below, {"x"}, {"y"}, {}, "own"}};
  OnnxFile(model).refuses(ErrorCode::out_of_range, "model.onnx", "come to more than", "as such");
}

}  // namespace
}  // namespace lathe
