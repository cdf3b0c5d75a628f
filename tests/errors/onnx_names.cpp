// Names met twice, never made, or odd.
#include <algorithm>

#include "tests/errors/onnx_files.h"

namespace lathe {
namespace {
using namespace test;

TEST(ErrorsOnnxNames, MadeTwice) {
  OnnxModel model = small_model();
  model.graph.nodes.push_back({"Relu", {"sum"}, {"y"}, {}, {}, "again"});
  OnnxFile(model).refuses(ErrorCode::corrupt_file, "node 'again'", "a value 'y' was made before", "again");
}

TEST(ErrorsOnnxNames, TwoInputsOfOneName) {
  OnnxModel model = small_model();
  model.graph.inputs.push_back(model.graph.inputs[0]);
  OnnxFile(model).refuses(ErrorCode::corrupt_file, "input 'x'", "two inputs have this name", "again");
}

TEST(ErrorsOnnxNames, TwoOutputsOfOneName) {
  OnnxModel model = small_model();
  model.graph.outputs.push_back(model.graph.outputs[0]);
  OnnxFile(model).refuses(ErrorCode::corrupt_file, "output 'y'", "two outputs have this name", "again");
}

TEST(ErrorsOnnxNames, OutputNeverMade) {
  OnnxModel model = small_model();
  model.graph.outputs = {{"z", 1, {"n"}}};
  OnnxFile(model).refuses(ErrorCode::corrupt_file, "output 'z'", "nothing makes it", "again");
}

TEST(ErrorsOnnxNames, TwoInitializersOfOneName) {
  OnnxModel model = small_model();
  model.graph.initializers.push_back(model.graph.initializers[0]);
  OnnxFile(model).refuses(ErrorCode::corrupt_file, "model.onnx", "two initializers are named 'w'", "again");
}

TEST(ErrorsOnnxNames, InputNeverMade) {
  OnnxModel model = small_model();
  model.graph.nodes[2].inputs = {"nowhere"};
  OnnxFile(model).refuses(ErrorCode::corrupt_file, "node 'relu'", "it reads 'nowhere', which no input", "again");
}

TEST(ErrorsOnnxNames, UsedBeforeItIsMade) {
  OnnxModel model = small_model();
  std::swap(model.graph.nodes[0], model.graph.nodes[1]);
  OnnxFile(model).refuses(ErrorCode::corrupt_file, "node 'sum'", "it reads 'product', which", "again");
}

TEST(ErrorsOnnxNames, ControlCharacters) {
  OnnxModel model = small_model();
  model.graph.nodes[2] = {"No\nsuch\x1b[31m", {"sum"}, {"y"}, {}, {}, "a\nb\x07"};
  const OnnxFile file(model);
  file.refuses(ErrorCode::unsupported, "model.onnx, node", "does not have this op", "docs/onnx.md");
  try {
    read_onnx(file.path);
  } catch (const Error& error) {
    const std::string line = error.what();
    EXPECT_TRUE(std::none_of(line.begin(), line.end(), [](unsigned char c) { return c < ' ' || c == 127; })) << line;
  }
}

TEST(ErrorsOnnxNames, AreKept) {
  OnnxModel model = small_model();
  model.graph.inputs[0].name = model.graph.nodes[0].inputs[0] = "x y\"\\\t(1)";
  const Network network = read_onnx(OnnxFile(model).path);
  EXPECT_EQ(network.inputs()[0].name, "x y\"\\\t(1)");
  EXPECT_EQ(Network::parse(network.str()).str(), network.str());
}

}  // namespace
}  // namespace lathe
