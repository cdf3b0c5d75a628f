// Files that ask for more than a reader may do: lists without end, numbers without bounds, copies of copies.
#include "tests/errors/onnx_files.h"

namespace lathe {
namespace {
using namespace test;

OnnxModel unpool(const std::vector<int64_t>& kernel, const std::vector<int64_t>& shape) {
  OnnxModel model = over({"x", 1, {"1", "1", "2", "2"}},
                         {{"MaxUnpool", {"x", "i", "s"}, {"y"}, {{.name = "kernel_shape", .integers = kernel}}}},
                         {numbers("s", shape)});
  model.graph.inputs.push_back({"i", 7, {"1", "1", "2", "2"}});
  return model;
}

TEST(ErrorsOnnxHostile, UnpoolingToShapesOfOtherRanks) {
  for (size_t rank : {size_t{0}, size_t{3}, size_t{40}, size_t{60000}})
    OnnxFile(unpool({2, 2}, std::vector<int64_t>(rank, 1)))
        .refuses(ErrorCode::corrupt_file, "MaxUnpool", "output shape has another number of dimensions", "again");
  OnnxFile(unpool({2}, {1, 1, 4, 4}))
      .refuses(ErrorCode::corrupt_file, "MaxUnpool", "kernel_shape is not one a spatial dimension", "again");
  EXPECT_EQ(read_onnx(OnnxFile(unpool({2, 2}, {1, 1, 4, 4})).path).outputs()[0].shape[3], "4");
}

TEST(ErrorsOnnxHostile, SequencesWithinSequences) {
  std::vector<OnnxNode> nodes = {{"SequenceConstruct", {"x"}, {"s0"}}};
  for (int i = 1; i < 200000; ++i)
    nodes.push_back({"SequenceConstruct", {"s" + std::to_string(i - 1)}, {"s" + std::to_string(i)}});
  nodes.push_back({"SequenceAt", {"s199999", "zero"}, {"y"}});
  OnnxFile(over({"x", 1, {"2"}}, std::move(nodes), {numbers("zero", {0})}))
      .refuses(ErrorCode::unsupported, "SequenceConstruct", "deep within each other", "fewer sequences");
}

/// Each holds the last one twice: 2^28 tensors, were they counted out for the branch.
TEST(ErrorsOnnxHostile, SequencesThatShareTheirElements) {
  std::vector<OnnxNode> nodes = {{"SequenceConstruct", {"x", "x"}, {"s0"}}};
  for (int i = 1; i < 28; ++i) {
    const std::string last = "s" + std::to_string(i - 1);
    nodes.push_back({"SequenceConstruct", {last, last}, {"s" + std::to_string(i)}});
  }
  const auto length_of = [](const std::string& sequence) {
    OnnxGraph graph;
    graph.nodes = {{"SequenceLength", {sequence}, {"r"}}};
    graph.outputs = {{"r", 7, {}}};
    return graph;
  };
  nodes.push_back(
      {"If",
       {"c"},
       {"y"},
       {{.name = "then_branch", .graphs = {length_of("s27")}}, {.name = "else_branch", .graphs = {length_of("s3")}}}});
  OnnxModel model = over({"x", 1, {"2"}}, std::move(nodes));
  model.graph.inputs.push_back({"c", 9, {"1"}});
  EXPECT_EQ(read_onnx(OnnxFile(model).path).outputs()[0].dtype, DType::i64);
}

TEST(ErrorsOnnxHostile, SplitsIntoPartsWithoutEnd) {
  OnnxFile(over({"x", 1, {"1099511627776"}},
                {{"SplitToSequence", {"x", "each"}, {"s"}}, {"SequenceAt", {"s", "each"}, {"y"}}},
                {numbers("each", {1}, true)}))
      .refuses(ErrorCode::unsupported, "SplitToSequence", "into 1099511627776 parts", "larger parts");
}

TEST(ErrorsOnnxHostile, ADiagonalIsOneOp) {
  const Network net = read_onnx(OnnxFile(over({"x", 1, {"1073741824", "1073741824"}},
                                              {{"Einsum", {"x"}, {"y"}, {{.name = "equation", .text = "ii->i"}}}}))
                                    .path);
  EXPECT_EQ(net.outputs()[0].shape, std::vector<std::string>{"1073741824"});
  EXPECT_LE(net.layers().size(), 4U);
}

TEST(ErrorsOnnxHostile, ScansOfInputsThatAreNotThere) {
  OnnxGraph body;
  body.nodes = {{"Neg", {"a"}, {"b"}}};
  body.inputs = {{"a", 1, {"1"}}};
  body.outputs = {{"b", 1, {"1"}}};
  for (int64_t opset : {8, 17})
    for (int64_t count : {int64_t{-1}, int64_t{0}, int64_t{3}, INT64_MIN, INT64_MAX}) {
      OnnxModel model = over({"x", 1, {"1", "3", "1"}},
                             {{"Scan",
                               opset == 8 ? std::vector<std::string>{"", "x"} : std::vector<std::string>{"x"},
                               {"y"},
                               {{.name = "body", .graphs = {body}}, {.name = "num_scan_inputs", .integer = count}}}});
      model.opsets = {{"", opset}};
      OnnxFile(model).refuses(ErrorCode::corrupt_file, "Scan", "cannot scan " + std::to_string(count), "again");
    }
}

void expect_short_line(const OnnxModel& model, const std::string& part) {
  try {
    read_onnx(OnnxFile(model).path);
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_LT(std::string(error.what()).size(), 500U);
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(ErrorsOnnxHostile, OneLineForThousandsOfInputs) {
  OnnxModel model = over({"x", 1, {"2"}}, {{"Concat", {}, {"y"}, {{.name = "axis", .integer = 5}}}});
  model.graph.nodes[0].inputs.assign(10000, "x");
  expect_short_line(model, "f32[2] and 9992 more: axis 5");
}

/// What a block reads of the network around it is found by name: a search for each took minutes.
TEST(ErrorsOnnxHostile, ABranchThatReadsThousandsOfValues) {
  constexpr int kMany = 60000;
  OnnxModel model = over({"x", 1, {"2"}}, {});
  OnnxGraph sum;
  std::vector<std::string> all;
  for (int i = 0; i < kMany; ++i) {
    const std::string name = "v" + std::to_string(i);
    model.graph.nodes.push_back({"Neg", {"x"}, {name}});
    all.push_back(name);
  }
  sum.nodes = {{"Sum", all, {"total"}}};
  sum.outputs = {{"total", 1, {"2"}}};
  model.graph.nodes.push_back(
      {"If", {"c"}, {"y"}, {{.name = "then_branch", .graphs = {sum}}, {.name = "else_branch", .graphs = {sum}}}});
  model.graph.inputs.push_back({"c", 9, {"1"}});
  expect_short_line(model, "takes 1 to 4096 inputs, not 60001 (inputs: bool[], f32[2]");
}

}  // namespace
}  // namespace lathe
