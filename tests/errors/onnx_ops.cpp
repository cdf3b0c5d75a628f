// Ops, domains and versions that Lathe lacks, and nodes that contradict their op.
#include "tests/errors/onnx_files.h"

namespace lathe {
namespace {
using namespace test;

OnnxModel with_last(OnnxNode node) {
  OnnxModel model = small_model();
  node.outputs = {"y"};
  node.name = "last";
  model.graph.nodes[2] = std::move(node);
  return model;
}

TEST(ErrorsOnnxOps, UnknownOp) {
  OnnxFile(with_last({"NoSuchOp", {"sum"}, {}}))
      .refuses(ErrorCode::unsupported, "node 'last'", "NoSuchOp, opset 17, on f32[n, 2]: Lathe does not have this op",
               "docs/onnx.md");
}

TEST(ErrorsOnnxOps, UnknownDomain) {
  OnnxFile(with_last({"Op", {"sum"}, {}, {}, "com.example"}))
      .refuses(ErrorCode::unsupported, "node 'last'", "no ops of domain 'com.example'", "local function");
}

TEST(ErrorsOnnxOps, MissingOpset) {
  OnnxModel model = small_model();
  model.opsets = {{"other", 1}};
  OnnxFile(model).refuses(ErrorCode::corrupt_file, "node 'product'", "names no opset of domain ai.onnx", "again");
}

TEST(ErrorsOnnxOps, ShapesThatDoNotFit) {
  OnnxFile(with_last({"MatMul", {"x", "b"}, {}}))
      .refuses(ErrorCode::shape_mismatch, "node 'last'", "on f32[n, 3], f32[2]", "lathe check");
}

TEST(ErrorsOnnxOps, TypesThatDoNotGoTogether) {
  OnnxModel model = with_last({"Add", {"sum", "whole"}, {}});
  model.graph.initializers.push_back({"whole", 7, {1}, raw_of(std::vector<int64_t>{3})});
  OnnxFile(model).refuses(ErrorCode::shape_mismatch, "node 'last'", "on f32[n, 2], i64[1]", "lathe check");
}

TEST(ErrorsOnnxOps, AReshapeThatDoesNotDivide) {
  OnnxModel model = with_last({"Reshape", {"b", "shape"}, {}});
  model.graph.initializers.push_back({"shape", 7, {1}, raw_of(std::vector<int64_t>{3}), {}, {}});
  OnnxFile(model).refuses(ErrorCode::shape_mismatch, "node 'last'", "the counts differ", "lathe check");
}

TEST(ErrorsOnnxOps, AnAttributeOfAnotherKind) {
  OnnxFile(with_last({"Softmax", {"sum"}, {}, {{.name = "axis", .number = 1.0f}}}))
      .refuses(ErrorCode::corrupt_file, "node 'last'", "attribute axis is a number, not an integer", "again");
}

TEST(ErrorsOnnxOps, AnAxisThatIsNotThere) {
  OnnxFile(with_last({"Softmax", {"sum"}, {}, {{.name = "axis", .integer = 7}}}))
      .refuses(ErrorCode::corrupt_file, "node 'last'", "axis 7 is none of a tensor with 2 dimensions", "again");
}

TEST(ErrorsOnnxOps, AMissingInput) {
  OnnxFile(with_last({"Add", {"sum"}, {}}))
      .refuses(ErrorCode::corrupt_file, "node 'last'", "input 1 is missing", "again");
}

TEST(ErrorsOnnxOps, NewerThanAnyOpset) {
  OnnxModel model = small_model();
  model.opsets = {{"", 99}};
  OnnxFile(model).refuses(ErrorCode::unsupported_version, "model.onnx", "it is of opset 99", "an opset up to 28");
}

TEST(ErrorsOnnxOps, OrdersThatAreNone) {
  for (const std::vector<int64_t>& perm : {std::vector<int64_t>{0, 0}, {0}, {0, 1, 2}, {0, -1}})
    OnnxFile(with_last({"Transpose", {"sum"}, {}, {{.name = "perm", .integers = perm}}}))
        .refuses(ErrorCode::corrupt_file, "node 'last'", "does not name each dimension of f32[n, 2] once", "again");
}

TEST(ErrorsOnnxOps, ADimensionTwiceInTheResult) {
  OnnxFile(with_last({"Einsum", {"w"}, {}, {{.name = "equation", .text = "ij->ii"}}}))
      .refuses(ErrorCode::corrupt_file, "node 'last'", "names a dimension of the result twice", "again");
}

TEST(ErrorsOnnxOps, AnElementTypeOfManyBits) {
  OnnxFile(with_last({"Cast", {"sum"}, {}, {{.name = "to", .integer = (int64_t{1} << 32) + 1}}}))
      .refuses(ErrorCode::corrupt_file, "node 'last'", "there is no element type 4294967297", "again");
}

TEST(ErrorsOnnxOps, AxesOfUnknownSizes) {
  OnnxFile(with_last({"Squeeze", {"sum"}, {}}))
      .refuses(ErrorCode::unsupported, "node 'last'", "only a run knows whether the size n is 1", "--shapes");
}

OnnxModel with_numbers(OnnxNode node, const std::string& name, std::vector<int64_t> values) {
  OnnxModel model = with_last(std::move(node));
  const auto count = static_cast<int64_t>(values.size());
  model.graph.initializers.push_back({name, 7, {count}, raw_of(values), {}, {}});
  return model;
}

TEST(ErrorsOnnxOps, SizesBelowZero) {
  OnnxFile(with_numbers({"ConstantOfShape", {"shape"}, {}}, "shape", {-1}))
      .refuses(ErrorCode::corrupt_file, "node 'last'", "its shape has the size -1", "again");
}

TEST(ErrorsOnnxOps, AnAxisTwice) {
  OnnxFile(with_numbers({"Slice", {"w", "twice", "twice", "twice"}, {}}, "twice", {0, 0}))
      .refuses(ErrorCode::shape_mismatch, "node 'last'", "axis 0 is named twice", "lathe check");
}

TEST(ErrorsOnnxOps, ASummandLargerThanTheProduct) {
  OnnxModel model = with_last({"Gemm", {"row", "w", "c"}, {}});
  model.graph.initializers.push_back({"row", 1, {1, 3}, raw_of(std::vector<float>(3)), {}, {}});
  model.graph.initializers.push_back({"c", 1, {4, 2}, raw_of(std::vector<float>(8)), {}, {}});
  OnnxFile(model).refuses(ErrorCode::corrupt_file, "node 'last'", "its C f32[4, 2] is larger than the product",
                          "again");
}

OnnxModel convolution(OnnxAttribute attribute, const std::string& op) {
  OnnxModel model = with_last({op, {"image", "kernel"}, {}, {std::move(attribute)}});
  model.graph.initializers.push_back({"image", 1, {1, 1, 4}, raw_of(std::vector<float>(4)), {}, {}});
  model.graph.initializers.push_back({"kernel", 1, {1, 1, 2}, raw_of(std::vector<float>(2)), {}, {}});
  return model;
}

TEST(ErrorsOnnxOps, WindowsOfOtherWeights) {
  OnnxFile(convolution({.name = "kernel_shape", .integers = {3}}, "Conv"))
      .refuses(ErrorCode::corrupt_file, "node 'last'", "its kernel_shape [3] is not that of its weights", "again");
}

TEST(ErrorsOnnxOps, PastAndPresentInOneBuffer) {
  OnnxModel model = with_last({"MultiHeadAttention",
                               {"q", "q", "q", "", "", "", "", "", "used"},
                               {},
                               {{.name = "num_heads", .integer = 1}},
                               "com.microsoft"});
  model.opsets.push_back({"com.microsoft", 1});
  model.graph.inputs.push_back({"q", 1, {"1", "2", "2"}});
  model.graph.inputs.push_back({"used", 6, {"1"}});
  OnnxFile(model).refuses(ErrorCode::unsupported, "node 'last'", "past and present in one buffer", "share_buffer = 0");
}

/// A network is built by axes; sizes may come from few elements of an input.
TEST(ErrorsOnnxOps, WhatOnlyARunKnows) {
  OnnxModel model = with_last({"CumSum", {"sum", "axis"}, {}});
  model.graph.inputs.push_back({"axis", 7, {"1"}});
  OnnxFile(model).refuses(ErrorCode::unsupported, "node 'last'", "only a run knows", "--fix axis=FILE");
  model = with_last({"Expand", {"b", "sizes"}, {}});
  model.graph.inputs.push_back({"sizes", 7, {"n"}});
  OnnxFile(model).refuses(ErrorCode::unsupported, "node 'last'", "only a run knows", "--fix sizes=FILE");
}

TEST(ErrorsOnnxOps, StringsAreNoTensors) {
  OnnxModel model = small_model();
  model.graph.inputs[0].type = 8;
  OnnxFile(model).refuses(ErrorCode::unsupported, "input 'x'", "its elements are STRING", "cast it");
}

TEST(ErrorsOnnxOps, AnInputWithoutAShape) {
  OnnxModel model = small_model();
  model.graph.inputs[0].no_shape = true;
  OnnxFile(model).refuses(ErrorCode::unsupported, "input 'x'", "it says no shape", "--shapes");
}

TEST(ErrorsOnnxOps, AllNodesAreReportedOnRequest) {
  OnnxModel model = small_model();
  model.graph.nodes[0] = {"NoSuchOp", {"x"}, {"product"}, {}, {}, "first"};
  model.graph.nodes.push_back({"NoSuchOp", {"x"}, {"z"}, {}, {}, "second"});
  model.graph.nodes.push_back({"NoSuchOp", {"x"}, {"unread"}, {}, {}, "third"});
  model.graph.outputs.push_back({"z", 1, {"n"}});
  std::vector<std::string> refused;
  OnnxOptions options;
  options.report = [&](const NodeReport& node) {
    if (!node.problem.empty()) refused.push_back(node.name);
  };
  read_onnx(OnnxFile(model).path, options);
  EXPECT_EQ(refused, (std::vector<std::string>{"first", "second"}));
}

/// Sizes that only such a node needs equal may differ.
TEST(ErrorsOnnxOps, NodesThatNoOutputNeedsAreNotRead) {
  OnnxModel model = small_model();
  model.graph.nodes.push_back({"Expand", {"x", "three"}, {"expanded"}, {}, {}, "unread"});
  model.graph.nodes.push_back({"Relu", {"expanded"}, {"unread"}});
  model.graph.initializers.push_back({"three", 7, {2}, raw_of(std::vector<int64_t>{3, 3}), {}, {}});
  const auto has = [&](std::string_view text) {
    return read_onnx(OnnxFile(model).path).str().find(text) != std::string::npos;
  };
  EXPECT_TRUE(has("%x: f32[n, 3]"));
  model.graph.outputs.push_back({"unread", 1, {"3", "3"}});
  EXPECT_TRUE(has("%x: f32[3, 3]"));
}

/// s + the sum of `iteration` ones, three times: no block, as the size of the ones depends on the iteration. What was
/// tried before it is written out is nobody's business.
TEST(ErrorsOnnxOps, AttemptsAreNotReported) {
  OnnxGraph body;
  body.nodes = {{"Unsqueeze", {"i", "axis"}, {"u"}},
                {"Expand", {"one", "u"}, {"ones"}},
                {"ReduceSum", {"ones"}, {"sum"}, {{.name = "keepdims", .integer = 0}}},
                {"Add", {"s", "sum"}, {"t"}},
                {"Identity", {"going"}, {"on"}}};
  body.inputs = {{"i", 7, {}}, {"going", 9, {}}, {"s", 1, {}}};
  body.outputs = {{"on", 9, {}}, {"t", 1, {}}};
  OnnxModel model;
  model.graph = {{{"Loop", {"count", "", "x"}, {"y"}, {{.name = "body", .graphs = {body}}}}},
                 {{"x", 1, {"1"}}},
                 {{"y", 1, {"1"}}},
                 {OnnxTensor{"count", 7, {}, raw_of(std::vector<int64_t>{3})},
                  {"axis", 7, {1}, raw_of(std::vector<int64_t>{0})},
                  {"one", 1, {1}, raw_of(std::vector<float>{1})}}};
  std::vector<std::string> refused;
  int read = 0;
  OnnxOptions options;
  options.report = [&](const NodeReport& node) {
    ++read;
    if (!node.problem.empty()) refused.push_back(node.name + ": " + node.problem);
  };
  EXPECT_EQ(read_onnx(OnnxFile(model).path, options).outputs().size(), 1U);
  EXPECT_EQ(refused, std::vector<std::string>());
  EXPECT_EQ(read, 3 * 5 + 1);
}

}  // namespace
}  // namespace lathe
