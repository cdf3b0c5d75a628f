// Products, windows, reductions and normalization.
#include <cmath>

#include "tests/api/run.h"

namespace lathe {
namespace {
using namespace test;

TEST(ApiProducts, Matmul) {
  Network net;
  const Tensor a = net.input("a", DType::f32, {2, 2}), v = net.input("v", DType::f32, {2}),
               s = net.input("s", DType::f32, {3, 2});
  net.output("matrix", matmul(a, a));
  net.output("row", matmul(v, a));
  net.output("column", matmul(a, v));
  net.output("dot", matmul(v, v));
  net.output("transposed", matmul(a, MatrixOp::transpose, a, MatrixOp::none));
  net.output("vectors", matmul(s, MatrixOp::vector, reshape(s, {3, 2, 1}), MatrixOp::none));
  net.output("dots", matmul(s, MatrixOp::vector, s, MatrixOp::vector));
  auto r = run(net, {{{"a", {1, 2, 3, 4}}, {"v", {1, 10}}, {"s", {1, 2, 3, 4, 5, 6}}}, {}});
  expect(r["matrix"], {2, 2}, {7, 10, 15, 22});
  expect(r["row"], {2}, {31, 42});
  expect(r["column"], {2}, {21, 43});
  expect(r["dot"], {}, {101});
  expect(r["transposed"], {2, 2}, {10, 14, 14, 20});
  expect(r["vectors"], {3, 1}, {5, 25, 61});
  expect(r["dots"], {3}, {5, 25, 61});
}

TEST(ApiProducts, FullyConnected) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {"n", 2, 1, 2});
  const Tensor w = net.constant(DType::f32, {2, 4}, {1, 0, 0, 1, 1, 1, 1, 1}),
               b = net.constant(DType::f32, {2}, {10, 20});
  net.output("y", fully_connected(x, w, b));
  net.output("linear", linear(reshape(x, {0, 4}), w));
  auto r = run(net, {{{"x", {1, 2, 3, 4}}}, {{"n", 1}}});
  expect(r["y"], {1, 2, 1, 1}, {15, 30});
  expect(r["linear"], {1, 2}, {5, 10});
}

TEST(ApiProducts, Einsum) {
  Network net;
  const Tensor a = net.input("a", DType::f32, {2, 2}), b = net.input("b", DType::f32, {2, 2});
  net.output("product", einsum("ij,jk->ik", {a, b}));
  net.output("trace", einsum("ii->", {a}));
  net.output("turned", einsum("ij->ji", {a}));
  net.output("outer", einsum("ij,kl->ijkl", {a, b}));
  auto r = run(net, {{{"a", {1, 2, 3, 4}}, {"b", {1, 0, 0, 2}}}, {}});
  expect(r["product"], {2, 2}, {1, 4, 3, 8});
  expect(r["trace"], {}, {5});
  expect(r["turned"], {2, 2}, {1, 3, 2, 4});
  EXPECT_EQ(r["outer"].values[15], 8);
  refused(ErrorCode::shape_mismatch, {"einsum", "more terms"}, [&] { einsum("ij,jk->ik", {a}); });
}

TEST(ApiWindows, ConvolutionPads) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {1, 1, 5});
  const Tensor w = net.constant(DType::f32, {1, 1, 2}, {1, 1});
  const auto by = [&](PaddingMode mode, int64_t before, int64_t after) {
    return convolution(x, w, {}, {.stride = {2}, .pad_before = {before}, .pad_after = {after}, .padding = mode});
  };
  net.output("down", by(PaddingMode::explicit_round_down, 0, 0));
  net.output("up", by(PaddingMode::explicit_round_up, 0, 0));
  net.output("upper", by(PaddingMode::same_upper, 0, 0));
  net.output("lower", by(PaddingMode::same_lower, 0, 0));
  net.output("caffe", by(PaddingMode::caffe_round_down, 1, 0));
  net.output("caffe_up", by(PaddingMode::caffe_round_up, 1, 0));
  auto r = run(net, {{{"x", {1, 2, 3, 4, 5}}}, {}});
  expect(r["down"], {1, 1, 2}, {3, 7});
  expect(r["up"], {1, 1, 3}, {3, 7, 5});
  expect(r["upper"], {1, 1, 3}, {3, 7, 5});
  expect(r["lower"], {1, 1, 3}, {1, 5, 9});
  expect(r["caffe"], {1, 1, 3}, {1, 5, 9});
  expect(r["caffe_up"], {1, 1, 4}, {1, 5, 9, 0});
}

TEST(ApiWindows, ConvolutionGroupsAndDilation) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {1, 2, 1, 3});
  net.output("y", convolution(x, net.constant(DType::f32, {2, 1, 1, 2}, {1, 1, 1, -1}),
                              net.constant(DType::f32, {2}, {0, 100}), {.dilation = {1, 2}, .groups = 2}));
  const Tensor cube = net.input("cube", DType::f32, {1, 1, 2, 2, 2});
  net.output("three", convolution(cube, net.constant(DType::f32, {1, 1, 2, 2, 2}, {1, 1, 1, 1, 1, 1, 1, 1})));
  auto r = run(net, {{{"x", {1, 2, 3, 4, 5, 6}}, {"cube", {1, 2, 3, 4, 5, 6, 7, 8}}}, {}});
  expect(r["y"], {1, 2, 1, 1}, {4, 98});
  expect(r["three"], {1, 1, 1, 1, 1}, {36});
  refused(ErrorCode::shape_mismatch, {"convolution", "f32[1, 2, 1, 3]"}, [&] {
    convolution(x, net.constant(DType::f32, {1, 3, 1, 1}, {1, 1, 1}));
  });
}

TEST(ApiWindows, Deconvolution) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {1, 1, 2});
  const Tensor w = net.constant(DType::f32, {1, 1, 3}, {1, 2, 3});
  net.output("y", deconvolution(x, w, {}, {.stride = {2}}));
  net.output("cropped", deconvolution(x, w, {}, {.stride = {2}, .pad_before = {1}, .pad_after = {1}}));
  net.output("same", deconvolution(x, w, {}, {.stride = {2}, .padding = PaddingMode::same_upper}));
  auto r = run(net, {{{"x", {1, 10}}}, {}});
  expect(r["y"], {1, 1, 5}, {1, 2, 13, 20, 30});
  expect(r["cropped"], {1, 1, 3}, {2, 13, 20});
  expect(r["same"], {1, 1, 4}, {1, 2, 13, 20});
}

TEST(ApiWindows, Pooling) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {1, 1, 5});
  net.output("max", pooling(x, PoolingType::max, {2}, {.stride = {2}}));
  net.output("up", pooling(x, PoolingType::max, {2}, {.stride = {2}, .padding = PaddingMode::explicit_round_up}));
  net.output("average", pooling(x, PoolingType::average, {2}, {.stride = {2}, .pad_before = {1}}));
  net.output("inclusive",
             pooling(x, PoolingType::average, {2}, {.stride = {2}, .pad_before = {1}, .exclusive = false}));
  net.output("blend", pooling(x, PoolingType::max_average_blend, {2}, {.stride = {2}, .blend_factor = 0.25}));
  auto r = run(net, {{{"x", {1, 2, 3, 4, 5}}}, {}});
  expect(r["max"], {1, 1, 2}, {2, 4});
  expect(r["up"], {1, 1, 3}, {2, 4, 5});
  expect(r["average"], {1, 1, 3}, {1, 2.5, 4.5});
  expect(r["inclusive"], {1, 1, 3}, {0.5, 2.5, 4.5});
  expect(r["blend"], {1, 1, 2}, {0.75 * 2 + 0.25 * 1.5, 0.75 * 4 + 0.25 * 3.5});
}

TEST(ApiWindows, Lrn) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {1, 3, 1, 1});
  expect(result_of(net, lrn(x, 3, 3, 1, 1), {{{"x", {1, 2, 3}}}, {}}), {1, 3, 1, 1}, {1.0 / 6, 2.0 / 15, 3.0 / 14});
}

TEST(ApiReduction, FiveKinds) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {2, 3});
  net.output("sum", reduce_sum(x, {-1}));
  net.output("prod", reduce_prod(x));
  net.output("mean", reduce_mean(x, {0}, true));
  net.output("max", reduce_max(x, {0, 1}, true));
  net.output("min", reduce_min(x, {1}));
  auto r = run(net, {{{"x", {1, 2, 3, 4, 5, 6}}}, {}});
  expect(r["sum"], {2}, {6, 15});
  expect(r["prod"], {}, {720});
  expect(r["mean"], {1, 3}, {2.5, 3.5, 4.5});
  expect(r["max"], {1, 1}, {6});
  expect(r["min"], {2}, {1, 4});
}

TEST(ApiReduction, SoftmaxAndRanks) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {2, 3});
  const Tensor lengths = net.constant(DType::i32, {2, 1}, {1, 2});
  net.output("softmax", softmax(x, 0));
  net.output("log", log_softmax(x, 0));
  net.output("ragged", ragged_softmax(x * 0, lengths));
  const TopK best = top_k(x, 2), least = top_k(x, net.constant(1, DType::i64), 0, false);
  net.output("values", best.values);
  net.output("indices", best.indices);
  net.output("least", least.values);
  net.output("arg", arg_max(x));
  net.output("cumulative", cumulative_sum(x, 1));
  auto r = run(net, {{{"x", {1, 3, 2, 1, 3, 2}}}, {}});
  expect(r["softmax"], {2, 3}, {0.5, 0.5, 0.5, 0.5, 0.5, 0.5});
  expect(r["log"], {2, 3}, std::vector<double>(6, std::log(0.5)));
  expect(r["ragged"], {2, 3}, {1, 0, 0, 0.5, 0.5, 0});
  expect(r["values"], {2, 2}, {3, 2, 3, 2});
  expect(r["indices"], {2, 2}, {1, 2, 1, 2});
  expect(r["least"], {1, 3}, {1, 3, 2});
  expect(r["arg"], {2}, {1, 1});
  expect(r["cumulative"], {2, 3}, {1, 4, 6, 1, 4, 6});
}

TEST(ApiNormalization, ByGroupsOfElements) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {1, 4, 2});
  const Tensor channels = net.constant(DType::f32, {4}, {1, 2, 3, 4});
  const Tensor wide = net.constant(DType::f32, {1, 4, 1}, {1, 2, 3, 4}),
               groups = net.constant(DType::f32, {1, 2, 1}, {1, 2});
  const double e = 0;
  net.output("layer",
             layer_normalization(x, net.constant(DType::f32, {2}, {1, 2}), net.constant(DType::f32, {2}, {0, 1}), e));
  net.output("instance", instance_normalization(x, channels, {}, e));
  net.output("axes", normalization(x, wide, {}, {.axes = {2}, .epsilon = e}));
  net.output("group", group_normalization(x, channels, channels, 2, e));
  net.output("channels", normalization(x, wide, wide, {.axes = {2}, .epsilon = e, .groups = 2}));
  net.output("groups", normalization(x, groups, groups, {.axes = {2}, .epsilon = e, .groups = 2}));
  auto r = run(net, {{{"x", {-1, 1, -1, 1, 3, 5, 3, 5}}}, {}});
  expect(r["layer"], {1, 4, 2}, {-1, 3, -1, 3, -1, 3, -1, 3});
  expect(r["instance"], {1, 4, 2}, {-1, 1, -2, 2, -3, 3, -4, 4});
  expect(r["axes"], {1, 4, 2}, {-1, 1, -2, 2, -3, 3, -4, 4});
  expect(r["group"], {1, 4, 2}, {0, 2, 0, 4, 0, 6, 0, 8});
  expect(r["channels"], {1, 4, 2}, {0, 2, 0, 4, 0, 6, 0, 8});
  expect(r["groups"], {1, 4, 2}, {0, 2, 0, 2, 0, 4, 0, 4});
}

}  // namespace
}  // namespace lathe
