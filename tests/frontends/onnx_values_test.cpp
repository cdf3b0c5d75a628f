// What ops of ONNX files give where definitions leave room, by numbers of ONNX Runtime.
#include <cmath>

#include "tests/frontends/onnx_file.h"

namespace lathe {
namespace {
using namespace test;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(FrontendsOnnxValues, ZerosAreQuantisedWithScaleOne) {
  OnnxModel model = one_node({"DynamicQuantizeLinear", {"x"}, {"y", "scale", "zero"}}, {{"x", 1, {"2"}}});
  auto r = results(model, {{{"x", {0, 0}}}});
  expect(r["y"], {2}, {0, 0});
  expect(r["scale"], {}, {1});
  expect(r["zero"], {}, {0});
}

TEST(FrontendsOnnxValues, NotANumberIsBelowAThreshold) {
  expect(results(one_node({"ThresholdedRelu", {"x"}, {"y"}}, {{"x", 1, {"3"}}}), {{{"x", {kNaN, 1, 2}}}}).at("y"), {3},
         {0, 0, 2});
}

TEST(FrontendsOnnxValues, OnePlaceOfAGridIsAtMinusOne) {
  const OnnxModel model = one_node({"AffineGrid", {"t", "size"}, {"y"}, {{.name = "align_corners", .integer = 1}}},
                                   {{"t", 1, {"1", "2", "3"}}}, {vector("size", {1, 1, 1, 2})}, 20);
  expect(results(model, {{{"t", {1, 0, 0, 0, 1, 0}}}}).at("y"), {1, 1, 2, 2}, {-1, -1, 1, -1});
}

TEST(FrontendsOnnxValues, FlagsBeyondTheAxisCountNothing) {
  OnnxModel model = one_node({"Compress", {"x", "flags"}, {"y"}}, {{"x", 1, {"2"}}, {"flags", 9, {"3"}}});
  expect(results(model, {{{"x", {4, 5}}, {"flags", {0, 1, 1}}}}).at("y"), {1}, {5});
}

TEST(FrontendsOnnxValues, StatisticsOfEachElement) {
  const OnnxModel model = one_node({"BatchNormalization",
                                    {"x", "scale", "bias", "mean", "var"},
                                    {"y"},
                                    {{.name = "spatial", .integer = 0}, {.name = "epsilon", .number = 0.0f}}},
                                   {{"x", 1, {"1", "1", "2"}}},
                                   {f32_tensor("scale", {1, 2}, {1, 2}), f32_tensor("bias", {0, 1}, {1, 2}),
                                    f32_tensor("mean", {1, 1}, {1, 2}), f32_tensor("var", {4, 1}, {1, 2})},
                                   7);
  expect(results(model, {{{"x", {3, 3}}}}).at("y"), {1, 1, 2}, {1, 5});
}

TEST(FrontendsOnnxValues, AsManyBoxesAsThereAre) {
  const int64_t all = std::numeric_limits<int64_t>::max();
  const OnnxModel model =
      one_node({"NonMaxSuppression", {"boxes", "scores", "most"}, {"y"}},
               {{"boxes", 1, {"1", "2", "4"}}, {"scores", 1, {"1", "1", "2"}}}, {number("most", all)});
  expect(results(model, {{{"boxes", {0, 0, 1, 1, 5, 5, 6, 6}}, {"scores", {0.5, 0.9}}}}).at("y"), {2, 3},
         {0, 0, 1, 0, 0, 0});
}

/// Queries and keys that are all alike: each query takes the mean of the values that it sees.
TEST(FrontendsOnnxValues, CausalAttentionStartsBehindThePast) {
  const OnnxAttribute heads{.name = "num_heads", .integer = 1}, causal{.name = "unidirectional", .integer = 1},
      soft{.name = "mask_filter_value", .number = -1.0f};
  const auto value = [&](std::vector<std::string> inputs, std::vector<OnnxPort> ports, Given given) {
    return results(one_node({"MultiHeadAttention", std::move(inputs), {"y"}, {heads, causal, soft}, "com.microsoft"},
                            std::move(ports)),
                   given)
        .at("y");
  };
  const OnnxPort q{"q", 1, {"1", "2", "1"}}, k{"k", 1, {"1", "3", "1"}}, v{"v", 1, {"1", "3", "1"}};
  expect(value({"q", "k", "v"}, {q, k, v}, {{{"q", {0, 0}}, {"k", {0, 0, 0}}, {"v", {2, 4, 9}}}}), {1, 2, 1}, {2, 3});
  const OnnxPort pk{"pk", 1, {"1", "1", "1", "1"}}, pv{"pv", 1, {"1", "1", "1", "1"}};
  const Given with_past{{{"q", {0, 0}}, {"k", {0, 0, 0}}, {"v", {2, 4, 9}}, {"pk", {0}}, {"pv", {6}}}};
  expect(value({"q", "k", "v", "", "", "", "pk", "pv"}, {q, k, v, pk, pv}, with_past), {1, 2, 1}, {4, 4});
}

}  // namespace
}  // namespace lathe
