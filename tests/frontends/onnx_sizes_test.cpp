// Sizes and numbers that ONNX files compute or leave open.
#include <numeric>

#include "tests/frontends/onnx_file.h"

namespace lathe {
namespace {
using namespace test;

constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();

std::vector<double> count_up(int64_t n) {
  std::vector<double> x(static_cast<size_t>(n));
  std::iota(x.begin(), x.end(), 0.0);
  return x;
}

std::vector<double> sliced(int64_t n, int64_t start, int64_t end, int64_t step) {
  const OnnxModel model =
      one_node({"Slice", {"x", "start", "end", "axes", "step"}, {"y"}}, {{"x", 1, {"n"}}},
               {vector("start", {start}), vector("end", {end}), vector("axes", {0}), vector("step", {step})});
  return results(model, {{{"x", count_up(n)}}, {{"n", n}}}).at("y").values;
}

TEST(FrontendsOnnxSizes, SlicesOfNamedSizesAreThoseOfNumpy) {
  using All = std::vector<double>;
  EXPECT_EQ(sliced(4, 0, 10, 1), (All{0, 1, 2, 3}));
  EXPECT_EQ(sliced(12, 0, 10, 1), count_up(10));
  EXPECT_EQ(sliced(3, -5, kHuge, 1), (All{0, 1, 2}));
  EXPECT_EQ(sliced(7, -5, kHuge, 1), (All{2, 3, 4, 5, 6}));
  EXPECT_EQ(sliced(3, 2, -2, 1), All{});
  EXPECT_EQ(sliced(6, 2, -2, 1), (All{2, 3}));
  EXPECT_EQ(sliced(3, 5, -kHuge, -1), (All{2, 1, 0}));
  EXPECT_EQ(sliced(9, 5, -kHuge, -1), (All{5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(sliced(2, 3, 5, 2), All{});
  EXPECT_EQ(sliced(2, -1, -4, -1), (All{1, 0}));
}

TEST(FrontendsOnnxSizes, SlicesWithinAnySizeStayAsTheyAre) {
  const OnnxModel model = one_node({"Slice", {"x", "one", "last"}, {"y"}}, {{"x", 1, {"n"}}},
                                   {vector("one", {1}), vector("last", {kHuge})});
  EXPECT_EQ(read_onnx(OnnxFile(model).path).outputs()[0].shape, std::vector<std::string>{"n - 1"});
}

TEST(FrontendsOnnxSizes, NumbersBeyondDimensionsStayNumbers) {
  OnnxModel model = one_node({"Shape", {"x"}, {"shape"}}, {{"x", 1, {"n"}}},
                             {vector("huge", {kHuge}), vector("one", {1}), vector("two", {2}), vector("zero", {0})});
  model.graph.nodes.push_back({"Concat", {"shape", "huge"}, {"both"}, {{.name = "axis", .integer = 0}}});
  model.graph.nodes.push_back({"Slice", {"both", "one", "two"}, {"part"}});
  model.graph.nodes.push_back({"Cast", {"part"}, {"narrow"}, {{.name = "to", .integer = 6}}});
  model.graph.nodes.push_back({"Add", {"narrow", "narrow"}, {"y"}});
  model.graph.outputs = {{"y", 6, {"1"}}};
  expect(results(model, {{{"x", {1, 2, 3}}}, {{"n", 3}}}).at("y"), {1}, {-2});
}

TEST(FrontendsOnnxSizes, AnyTextNamesADimension) {
  const auto shape_of = [](const std::string& first, const std::string& second) {
    OnnxModel model = one_node({"Neg", {"x"}, {"y"}}, {{"x", 1, {first}}, {"z", 1, {second}}});
    const Network network = read_onnx(OnnxFile(model).path);
    return std::pair(network.inputs()[0].shape[0], network.inputs()[1].shape[0]);
  };
  using Names = std::pair<std::string, std::string>;
  EXPECT_EQ(shape_of("batch-size", "batch-size"), Names("batch_size", "batch_size"));
  EXPECT_EQ(shape_of("batch size", "batch_size"), Names("batch_size_1", "batch_size"));
  EXPECT_EQ(shape_of("a.b", "a_b"), Names("a_b_1", "a_b"));
  EXPECT_EQ(shape_of("max(n, 3)", "k*3"), Names("max_n__3_", "k_3"));
  EXPECT_EQ(shape_of("-1", "-1"), Names("x_0", "z_0"));
  EXPECT_EQ(shape_of("n", "n + 2"), Names("n", "n + 2"));
}

TEST(FrontendsOnnxSizes, ScalesAreOfSinglePrecision) {
  const OnnxModel model =
      one_node({"Resize", {"x", "", "scales"}, {"y"}}, {{"x", 1, {"10"}}}, {f32_tensor("scales", {0.7f}, {1})});
  EXPECT_EQ(results(model, {{{"x", count_up(10)}}}).at("y").shape, std::vector<int64_t>{7});
}

TEST(FrontendsOnnxSizes, PaddingsOfSizesTakeAway) {
  OnnxModel model =
      one_node({"Shape", {"x"}, {"shape"}}, {{"x", 1, {"n"}}}, {vector("five", {5}), vector("zero", {0})});
  model.graph.nodes.push_back({"Sub", {"shape", "five"}, {"more"}});
  model.graph.nodes.push_back({"Concat", {"zero", "more"}, {"pads"}, {{.name = "axis", .integer = 0}}});
  model.graph.nodes.push_back({"Pad", {"x", "pads"}, {"y"}});
  model.graph.outputs = {{"y", 1, {}, true}};
  expect(results(model, {{{"x", count_up(3)}}, {{"n", 3}}}).at("y"), {1}, {0});
  expect(results(model, {{{"x", count_up(7)}}, {{"n", 7}}}).at("y"), {9}, {0, 1, 2, 3, 4, 5, 6, 0, 0});
}

TEST(FrontendsOnnxSizes, PartsAreTheWhole) {
  const auto split = [](const std::string& size) {
    return one_node({"Split", {"x", "sizes"}, {"a", "b"}}, {{"x", 1, {size}}}, {vector("sizes", {1, 2})});
  };
  expect(results(split("n"), {{{"x", count_up(3)}}, {{"n", 3}}}).at("b"), {2}, {1, 2});
  EXPECT_EQ(read_onnx(OnnxFile(split("n")).path).inputs()[0].shape, std::vector<std::string>{"3"});
  OnnxFile(split("5")).refuses(ErrorCode::corrupt_file, "node 'node'", "dimension 0 of f32[5] is not 3", "again");
}

}  // namespace
}  // namespace lathe
