// Layers that move elements, fill, and resize.
#include <numeric>

#include "tests/api/run.h"

namespace lathe {
namespace {
using namespace test;

std::vector<double> count_up(int64_t n) {
  std::vector<double> x(static_cast<size_t>(n));
  std::iota(x.begin(), x.end(), 0.0);
  return x;
}

TEST(ApiShapes, ReshapeTransposeShuffle) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {"n", 2, 3});
  net.output("flat", reshape(x, {0, -1}));
  net.output("by_size", reshape(x, {x.size(0), 3, 2}));
  net.output("computed", reshape(x, concatenation({slice(shape(x), 0, 0, 1), net.constant(DType::i64, {1}, {6})})));
  net.output("turned", transpose(x, {0, 2, 1}));
  net.output("reversed", transpose(x));
  net.output("shuffled", shuffle(x, {.first = {2, 0, 1}, .sizes = {3, -1}, .second = {1, 0}}));
  net.output("more", unsqueeze(x, {0, -1}));
  net.output("fewer", squeeze(unsqueeze(x, {0, -1}), {0, -1}));
  auto r = run(net, {{{"x", count_up(6)}}, {{"n", 1}}});
  expect(r["flat"], {1, 6}, count_up(6));
  expect(r["by_size"], {1, 3, 2}, count_up(6));
  expect(r["computed"], {1, 6}, count_up(6));
  expect(r["turned"], {1, 3, 2}, {0, 3, 1, 4, 2, 5});
  expect(r["reversed"], {3, 2, 1}, {0, 3, 1, 4, 2, 5});
  expect(r["shuffled"], {2, 3}, {0, 1, 2, 3, 4, 5});
  expect(r["more"], {1, 1, 2, 3, 1}, count_up(6));
  expect(r["fewer"], {1, 2, 3}, count_up(6));
  refused(ErrorCode::invalid_argument, {"reshape", "what the others leave"}, [&] { reshape(x, {-1, -1}); });
  refused(ErrorCode::shape_mismatch, {"squeeze", "not 1"}, [&] { squeeze(x, {1}); });
}

/// Elements of few whole numbers that a run brings.
TEST(ApiShapes, SizesOfInputs) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {"n", 6}), sizes = net.input("sizes", DType::i64, {2});
  const Tensor k = net.input("k", DType::i32, {}), many = net.input("many", DType::i64, {"n"});
  net.output("y", reshape(x, sizes));
  net.output("best", top_k(x, k).values);
  EXPECT_EQ(net.inputs()[2].elements, std::vector<std::string>{"k.0"});
  EXPECT_TRUE(net.inputs()[3].elements.empty());
  auto r = run(net, {{{"x", count_up(12)}, {"sizes", {3, -1}}, {"k", {2}}, {"many", {1, 2}}}, {{"n", 2}}});
  expect(r["y"], {3, 4}, count_up(12));
  expect(r["best"], {2, 2}, {5, 4, 11, 10});
  refused(ErrorCode::shape_mismatch, {"reshape", "is 12"}, [&] {
    run(net, {{{"x", count_up(12)}, {"sizes", {5, 2}}, {"k", {2}}, {"many", {1, 2}}}, {{"n", 2}}});
  });
  refused(ErrorCode::unsupported, {"reshape", "only a run knows"}, [&] { reshape(x, many); });
}

TEST(ApiShapes, ShapesAreTensors) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {"n", 3});
  net.output("shape", shape(x));
  net.output("narrow", shape(x, DType::i32));
  net.output("expanded", expand(net.constant(7), shape(x)));
  auto r = run(net, {{{"x", count_up(6)}}, {{"n", 2}}});
  expect(r["shape"], {2}, {2, 3});
  EXPECT_EQ(r["narrow"].dtype, DType::i32);
  expect(r["expanded"], {2, 3}, {7, 7, 7, 7, 7, 7});
}

TEST(ApiShapes, NothingAndScalars) {
  Network net;
  const Tensor none = net.input("none", DType::f32, {0, 3}), one = net.input("one", DType::f32, {});
  net.output("sum", reduce_sum(none, {0}));
  net.output("joined", concatenation({none, net.constant(DType::f32, {1, 3}, {1, 2, 3})}));
  net.output("scalar", one * 2 + one);
  net.output("empty", none + one);
  auto r = run(net, {{{"none", {}}, {"one", {4}}}, {}});
  expect(r["sum"], {3}, {0, 0, 0});
  expect(r["joined"], {1, 3}, {1, 2, 3});
  expect(r["scalar"], {}, {12});
  expect(r["empty"], {0, 3}, {});
}

TEST(ApiShapes, Slices) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {4});
  net.output("part", slice(x, {.start = {1}, .size = {2}}));
  net.output("back", slice(x, {.start = {3}, .size = {2}, .stride = {-2}}));
  net.output("all", slice(x, {.start = {3}, .stride = {-1}}));
  const auto beyond = [&](Bounds bounds) {
    return slice(x, {.start = {-3}, .size = {10}, .bounds = bounds, .fill_value = 9});
  };
  net.output("wrap", beyond(Bounds::wrap));
  net.output("clamp", beyond(Bounds::clamp));
  net.output("fill", beyond(Bounds::fill));
  net.output("reflect", beyond(Bounds::reflect));
  auto r = run(net, {{{"x", {1, 2, 3, 4}}}, {}});
  expect(r["part"], {2}, {2, 3});
  expect(r["back"], {2}, {4, 2});
  expect(r["all"], {4}, {4, 3, 2, 1});
  expect(r["wrap"], {10}, {2, 3, 4, 1, 2, 3, 4, 1, 2, 3});
  expect(r["clamp"], {10}, {1, 1, 1, 1, 2, 3, 4, 4, 4, 4});
  expect(r["fill"], {10}, {9, 9, 9, 1, 2, 3, 4, 9, 9, 9});
  expect(r["reflect"], {10}, {4, 3, 2, 1, 2, 3, 4, 3, 2, 1});
  refused(ErrorCode::shape_mismatch, {"slice", "leave the tensor"}, [&] { slice(x, {.start = {3}, .size = {2}}); });
}

TEST(ApiShapes, ComputedSlices) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {"n", 2});
  const Tensor half = floor_div(shape(x), net.constant(DType::i64, {2}, {2, 1}));
  net.output("half", slice(x, {.size = half}));
  net.output("rest", slice(x, {.start = concatenation({slice(half, 0, 0, 1), net.constant(DType::i64, {1}, {0})})}));
  auto r = run(net, {{{"x", count_up(6)}}, {{"n", 3}}});
  expect(r["half"], {1, 2}, {0, 1});
  expect(r["rest"], {2, 2}, {2, 3, 4, 5});
}

TEST(ApiShapes, Padding) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {2, 3});
  net.output("around", padding(x, {1, 0}, {0, 1}));
  net.output("cropped", padding(x, {-1}, {-1}));
  net.output("mixed", padding(x, {0, -1}, {0, 2}, {.value = 7}));
  net.output("clamped", padding(x, {0, 1}, {0, 1}, {.bounds = Bounds::clamp}));
  auto r = run(net, {{{"x", count_up(6)}}, {}});
  expect(r["around"], {3, 4}, {0, 0, 0, 0, 0, 1, 2, 0, 3, 4, 5, 0});
  expect(r["cropped"], {2, 1}, {1, 4});
  expect(r["mixed"], {2, 4}, {1, 2, 7, 7, 4, 5, 7, 7});
  expect(r["clamped"], {2, 5}, {0, 0, 1, 2, 2, 3, 3, 4, 5, 5});
}

TEST(ApiShapes, Concatenation) {
  Network net;
  const Tensor x = net.input("x", DType::i32, {1, 2});
  expect(result_of(net, concatenation({x, x, x}, -1), {{{"x", {1, 2}}}, {}}), {1, 6}, {1, 2, 1, 2, 1, 2});
  refused(ErrorCode::invalid_argument, {"concatenation", "no tensor"}, [] { concatenation({}); });
}

TEST(ApiShapes, Fill) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {"n"});
  net.output("same", fill(net, {x.size(0), 2}, 3, DType::i16));
  net.output("line", linspace(net, shape(x), 1, {0.5}));
  net.output("plane", linspace(net, {2, 3}, 1, {10, 1}, DType::i64));
  net.output("computed", linspace(net, {2, 2}, net.constant(1), net.constant(DType::f32, {2}, {10, 1})));
  net.output("uniform", random_uniform(net, {1000}, 2, 3, {.seed = 1}));
  net.output("normal", reduce_mean(random_normal(net, {10000}, net.constant(5), 0.1, {.seed = 1})));
  auto r = run(net, {{{"x", {0, 0, 0}}}, {{"n", 3}}});
  expect(r["same"], {3, 2}, {3, 3, 3, 3, 3, 3});
  expect(r["line"], {3}, {1, 1.5, 2});
  expect(r["plane"], {2, 3}, {1, 2, 3, 11, 12, 13});
  expect(r["computed"], {2, 2}, {1, 2, 11, 12});
  for (double v : r["uniform"].values) EXPECT_TRUE(v >= 2 && v <= 3);
  EXPECT_NEAR(r["normal"].values[0], 5, 0.01);
}

TEST(ApiShapes, Resize) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {1, 1, 1, 2});
  net.output("nearest", resize(x, {.scales = {1, 1, 1, 2}}));
  net.output(
      "linear",
      resize(x, {.sizes = {1, 1, 1, 4}, .mode = Interpolation::linear, .coordinates = ResizeCoordinates::half_pixel}));
  net.output("corners", resize(x, {.sizes = {1, 1, 1, 3},
                                   .mode = Interpolation::linear,
                                   .coordinates = ResizeCoordinates::align_corners}));
  auto r = run(net, {{{"x", {0, 4}}}, {}});
  expect(r["nearest"], {1, 1, 1, 4}, {0, 0, 4, 4});
  expect(r["linear"], {1, 1, 1, 4}, {0, 1, 3, 4});
  expect(r["corners"], {1, 1, 1, 3}, {0, 2, 4});
  refused(ErrorCode::invalid_argument, {"resize", "either sizes or scales"}, [&] { resize(x, {}); });
}

TEST(ApiShapes, GridSample) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {1, 1, 2, 2}), grid = net.input("grid", DType::f32, {1, 1, 3, 2});
  net.output("y", grid_sample(x, grid, {.align_corners = true}));
  net.output("clamped", grid_sample(x, grid, {.align_corners = true, .beyond = GridSampleOptions::Beyond::clamp}));
  auto r = run(net, {{{"x", {1, 2, 3, 4}}, {"grid", {-1, -1, 0, 0, 5, 1}}}, {}});
  expect(r["y"], {1, 1, 1, 3}, {1, 2.5, 0});
  expect(r["clamped"], {1, 1, 1, 3}, {1, 2.5, 4});
}

}  // namespace
}  // namespace lathe
