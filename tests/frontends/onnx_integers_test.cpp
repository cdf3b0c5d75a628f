// com.microsoft's ops on integers, by numbers of ONNX Runtime.
#include "tests/frontends/onnx_file.h"

namespace lathe {
namespace {
using namespace test;

constexpr int32_t kU8 = 2;

OnnxTensor zero_point(const std::string& name, int zero) {
  return {name, kU8, {}, std::string(1, static_cast<char>(zero))};
}

/// An op on x, u8 with the scale 1/2 and the zero point 10; y has the scale 1/4 and the zero point 100.
std::vector<double> integers(OnnxNode node, const std::vector<double>& x, std::vector<int64_t> dims) {
  std::vector<std::string> shape;
  for (int64_t d : dims) shape.push_back(std::to_string(d));
  node.outputs = {"y"};
  node.domain = "com.microsoft";
  OnnxModel model = one_node(
      std::move(node), {{"x", kU8, std::move(shape)}},
      {f32_tensor("xs", {0.5f}, {}), zero_point("xz", 10), f32_tensor("ys", {0.25f}, {}), zero_point("yz", 100)});
  model.graph.outputs[0].type = kU8;
  return results(model, {{{"x", x}}}).at("y").values;
}

TEST(FrontendsOnnxIntegers, StandForRealNumbers) {
  using All = std::vector<double>;
  const std::vector<std::string> unary = {"x", "xs", "xz", "ys", "yz"},
                                 binary = {"x", "xs", "xz", "x", "xs", "xz", "ys", "yz"};
  EXPECT_EQ(integers({"QLinearAdd", binary, {}}, {10, 12, 8, 255}, {4}), (All{100, 108, 92, 255}));
  EXPECT_EQ(integers({"QLinearMul", binary, {}}, {10, 12, 8, 13}, {4}), (All{100, 104, 104, 109}));
  EXPECT_EQ(integers({"QLinearSigmoid", unary, {}}, {10, 50, 0}, {3}), (All{102, 104, 100}));
  EXPECT_EQ(integers({"QLinearLeakyRelu", unary, {}, {{.name = "alpha", .number = 0.5f}}}, {14, 6}, {2}),
            (All{108, 96}));
  EXPECT_EQ(
      integers({"QLinearConcat", {"ys", "yz", "x", "xs", "xz"}, {}, {{.name = "axis", .integer = 0}}}, {10, 11}, {2}),
      (All{100, 102}));
  EXPECT_EQ(integers({"QLinearGlobalAveragePool", unary, {}}, {10, 12, 14, 16}, {1, 1, 2, 2}), All{106});
  EXPECT_EQ(integers({"QLinearReduceMean", unary, {}, {{.name = "axes", .integers = {1}}}}, {10, 14, 12, 12}, {2, 2}),
            (All{104, 104}));
  EXPECT_EQ(
      integers({"QLinearAveragePool", unary, {}, {{.name = "kernel_shape", .integers = {2}}}}, {10, 14, 12}, {1, 1, 3}),
      (All{104, 106}));
}

TEST(FrontendsOnnxIntegers, ProductsAreReal) {
  const OnnxModel model =
      one_node({"MatMulIntegerToFloat", {"x", "b", "xs", "bs", "xz", "bz", "c"}, {"y"}, {}, "com.microsoft"},
               {{"x", kU8, {"1", "2"}}},
               {{"b", kU8, {2, 1}, std::string("\x03\x05")},
                f32_tensor("xs", {0.5f}, {}),
                f32_tensor("bs", {2}, {}),
                zero_point("xz", 10),
                zero_point("bz", 1),
                f32_tensor("c", {1}, {1})});
  expect(results(model, {{{"x", {11, 12}}}}).at("y"), {1, 1}, {11});
}

}  // namespace
}  // namespace lathe
