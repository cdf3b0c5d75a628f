// Networks as values: tensors, layers, names, walking, removing, replacing.
#include <cmath>

#include "tests/api/run.h"

namespace lathe {
namespace {
using namespace test;

Tensor weight(Network& net, std::string_view name, const std::vector<int64_t>& shape,
              const std::vector<float>& values) {
  Shape sizes;
  for (int64_t d : shape) sizes.push_back(d);
  return net.weight(name, {DType::f32, sizes, values.data()});
}

Network mlp() {
  Network net("mlp");
  const Tensor x = net.input("x", DType::f32, {"batch", 3});
  const Tensor w = weight(net, "w", {3, 2}, {1, 2, 3, 4, 5, 6}), bias = weight(net, "bias", {2}, {-9, 1});
  net.output("y", softmax(relu(matmul(x, w) + bias), -1).named("probabilities"));
  return net;
}

TEST(ApiNetwork, ReadsLikeMathematics) {
  const auto results = run(mlp(), {{{"x", {1, 0, 0, 0, 1, 1}}}, {{"batch", 2}}});
  // relu(x w + bias) is [0, 3] and [0, 11].
  const double a = 1 / (1 + std::exp(-3.0)), b = 1 / (1 + std::exp(-11.0));
  expect(results.at("y"), {2, 2}, {1 - a, a, 1 - b, b});
}

TEST(ApiNetwork, IsAValue) {
  Network net = mlp(), copy = net;
  EXPECT_EQ(copy.str(), net.str());
  EXPECT_EQ(Network::parse(net.str()).str(), net.str());
  copy.output("h", relu(copy.tensor("probabilities")));
  EXPECT_EQ(net.outputs().size(), 1U);
  EXPECT_EQ(copy.outputs().size(), 2U);
  const Tensor of_net = net.tensor("x"), of_copy = copy.tensor("x");
  EXPECT_FALSE(of_net == of_copy);
  EXPECT_TRUE(of_net == net.tensor("x"));
  // Handles follow a network that moves.
  const Network moved = std::move(net);
  EXPECT_EQ(of_net.str(), "f32[batch, 3]");
  refused(ErrorCode::invalid_argument, {"add", "tensors of different networks", "tensor(name)"},
          [&] { of_net + of_copy; });
}

TEST(ApiNetwork, WhatWasMovedFromIsEmpty) {
  Network net = mlp();
  Network moved = std::move(net);
  EXPECT_EQ(moved.outputs().size(), 1U);
  EXPECT_TRUE(net.outputs().empty());  // NOLINT(bugprone-use-after-move): it says what it is then
  EXPECT_TRUE(net.layers().empty());
  net.output("y", -net.input("x", DType::f32, {2}));
  EXPECT_EQ(net.outputs().size(), 1U);
  net = std::move(moved);
  EXPECT_EQ(net.inputs()[0].name, "x");
  EXPECT_TRUE(moved.inputs().empty());  // NOLINT(bugprone-use-after-move)
}

/// Sizes that are numbers of other tensors: a rewrite gives others as long as no layer was sized by them.
TEST(ApiNetwork, RewritesOfSizes) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {"n"});
  const Tensor five = net.constant(DType::i64, {1}, {5}), seven = net.constant(DType::i64, {1}, {7});
  const Tensor sum = shape(x, DType::i64) + five;
  net.replace(five, seven);
  net.output("sum", sum);
  net.output("filled", fill(net, sum, 1.0, DType::f32));
  auto results = run(net, {{{"x", {0, 0, 0}}}, {{"n", 3}}});
  expect(results["sum"], {1}, {10});
  EXPECT_EQ(results["filled"].shape, std::vector<int64_t>{10});
  refused(ErrorCode::invalid_argument, {"layers have sizes by it", "make those layers again"},
          [&] { net.replace(seven, five); });
  refused(ErrorCode::invalid_argument, {"layers have sizes by it"}, [&] { sum.producer()->set_input(1, five); });
  refused(ErrorCode::invalid_argument, {"layers have sizes by it"},
          [&] { net.replace(sum, net.input("given", DType::i64, {1})); });
  sum.producer()->set_input(1, net.constant(DType::i64, {1}, {7}));
}

TEST(ApiNetwork, TensorsAndLayersShowThemselves) {
  Network net = mlp();
  const Tensor y = net.tensor("probabilities");
  EXPECT_EQ(y.shape(), (std::vector<std::string>{"batch", "2"}));
  EXPECT_EQ(y.rank(), 2);
  EXPECT_EQ(y.size(-1).str(), "2");
  const Layer softmax = y.producer().value();
  EXPECT_EQ(softmax.kind(), "softmax");
  EXPECT_EQ(softmax.attributes(), "softmax(axis=1)");
  const Layer relu = softmax.inputs().at(0).producer().value();
  EXPECT_EQ(relu.attributes(), "activation(kind=relu)");
  EXPECT_EQ(relu.outputs().at(0).readers(), std::vector<Layer>{softmax});
  std::string kinds;
  for (const Layer& layer : net.layers()) kinds += layer.kind() + " ";
  EXPECT_EQ(kinds, "matmul binary activation softmax ");
  EXPECT_EQ(net.tensors().size(), 7U);
  EXPECT_TRUE(net.tensor("w").is_constant());
  EXPECT_FALSE(net.tensor("x").producer());
  EXPECT_TRUE(net.layer(relu.name()) == relu);
}

TEST(ApiNetwork, LayersAreReplacedAndRemoved) {
  Network net = mlp();
  const Layer relu = net.tensor("probabilities").producer()->inputs()[0].producer().value();
  const Tensor before = relu.inputs()[0], after = relu.outputs()[0];
  refused(ErrorCode::invalid_argument, {relu.name(), "reads its result"}, [&] { net.remove(relu); });
  const Tensor other = tanh(before);
  net.replace(after, other);
  net.remove(relu);
  refused(ErrorCode::invalid_argument, {"it was removed"}, [&] { relu.kind(); });
  EXPECT_NE(net.str().find("kind=tanh"), std::string::npos);
  EXPECT_EQ(net.str().find("kind=relu"), std::string::npos);
  const auto results = run(net, {{{"x", {1, 0, 0}}}, {{"batch", 1}}});
  const double a = 1 / (1 + std::exp(std::tanh(-8.0) - std::tanh(3.0)));
  expect(results.at("y"), {1, 2}, {1 - a, a});
  refused(ErrorCode::invalid_argument, {"is made of it"}, [&] { net.replace(before, net.tensor("probabilities")); });
  refused(ErrorCode::shape_mismatch, {"f32[batch, 3]"}, [&] { net.replace(net.tensor("x"), before); });
  Tensor unread = exp(before);
  EXPECT_TRUE(net.remove_unread());
  EXPECT_FALSE(net.remove_unread());
  refused(ErrorCode::invalid_argument, {"its layer was removed"}, [&] { unread.str(); });
}

TEST(ApiNetwork, InputsAreSet) {
  Network net = mlp();
  const Layer product = net.layers()[0];
  const Tensor w2 = weight(net, "w2", {3, 2}, {0, 0, 0, 0, 0, 0});
  product.set_input(1, w2);
  const auto results = run(net, {{{"x", {1, 0, 0}}}, {{"batch", 1}}});
  const double a = 1 / (1 + std::exp(-1.0));
  expect(results.at("y"), {1, 2}, {1 - a, a});
  refused(ErrorCode::shape_mismatch, {"f32[2]", "f32[3, 2]"}, [&] { product.set_input(1, net.tensor("bias")); });
}

TEST(ApiNetwork, OutputsAreMarked) {
  Network net = mlp();
  const Tensor x = net.tensor("x");
  net.output("again", x);
  EXPECT_EQ(net.outputs().size(), 2U);
  net.unmark_output(x);
  EXPECT_EQ(net.outputs().size(), 1U);
  refused(ErrorCode::not_found, {"it is no output"}, [&] { net.unmark_output(x); });
  refused(ErrorCode::invalid_argument, {"y", "an output has this name"}, [&] { net.output("y", x); });
}

TEST(ApiNetwork, NamesAreUnique) {
  Network net = mlp();
  refused(ErrorCode::invalid_argument, {"x", "has this name"}, [&] { net.input("x", DType::f32, {1}); });
  refused(ErrorCode::invalid_argument, {"w", "has this name"}, [&] { weight(net, "w", {}, {1}); });
  const Tensor y = net.tensor("probabilities");
  refused(ErrorCode::invalid_argument, {"probabilities", "taken"}, [&] { y.named("w"); });
  y.named("p").named("p");
  EXPECT_EQ(net.tensor("p").str(), "f32[batch, 2]");
  net.tensor("x").named("features");
  EXPECT_EQ(net.inputs()[0].name, "features");
}

TEST(ApiNetwork, InputsOfAnySize) {
  Network net;
  EXPECT_EQ(net.input("a", DType::i64, {-1, "n + 1", 0}).str(), "i64[a_0, n + 1, 0]");
  EXPECT_EQ(net.input("b", DType::boolean, {}).str(), "bool[]");
  refused(ErrorCode::invalid_argument, {"size 0 is -2"}, [&] { net.input("c", DType::f32, {-2}); });
  refused(ErrorCode::invalid_argument, {"no size"}, [&] { net.input("c", DType::f32, {"2 +"}); });
}

TEST(ApiNetwork, WeightsAreCopiedOrKept) {
  Network net;
  std::vector<float> values = {1, 2, 3, 4, 5, 6};
  ConstTensorRef turned(DType::f32, {3, 2}, values.data());
  turned.strides = {1, 3};
  const Tensor copied = net.weight("turned", turned);
  auto owner = std::make_shared<std::vector<float>>(values);
  const std::weak_ptr<std::vector<float>> watch = owner;
  const Tensor kept = net.weight("kept", {DType::f32, {6}, owner->data()}, owner);
  owner.reset();
  EXPECT_FALSE(watch.expired());
  values.assign(6, 0);
  net.output("a", copied);
  net.output("b", -kept);
  const auto results = run(net);
  expect(results.at("a"), {3, 2}, {1, 4, 2, 5, 3, 6});
  expect(results.at("b"), {6}, {-1, -2, -3, -4, -5, -6});
  refused(ErrorCode::invalid_argument, {"bad", "no such memory"}, [&] {
    net.weight("bad", {DType::f32, {2}, nullptr});
  });
}

TEST(ApiNetwork, WeightsComeFromFiles) {
  const std::string npz = LATHE_SOURCE_DIR "/examples/digits/digits.npz",
                    folder = LATHE_SOURCE_DIR "/tests/goldens/models/base/model.safetensors";
  Network net;
  EXPECT_EQ(net.weight("0.weight", npz).str(), "f32[8, 1, 3, 3]");
  EXPECT_EQ(net.weight("embeddings.LayerNorm.bias", folder).str(), "f32[32]");
  refused(ErrorCode::not_found, {"digits.npz", "9.weight"}, [&] { net.weight("9.weight", npz); });
  refused(ErrorCode::not_found, {"nowhere.npz"}, [&] { net.weight("w", "nowhere.npz"); });
}

TEST(ApiNetwork, ErrorsNameTheShapesSeen) {
  Network net;
  const Tensor a = net.input("a", DType::f32, {2, 3}), b = net.input("b", DType::f32, {2, 4}),
               c = net.input("c", DType::f16, {2, 3});
  refused(ErrorCode::shape_mismatch, {"matmul", "f32[2, 3]", "f32[2, 4]"}, [&] { matmul(a, b); });
  refused(ErrorCode::shape_mismatch, {"add", "f32[2, 3]", "f16[2, 3]"}, [&] { a + c; });
  refused(ErrorCode::invalid_argument, {"relu", "no tensor"}, [] { relu({}); });
  refused(ErrorCode::invalid_argument, {"softmax", "axis 2", "2 dimensions"}, [&] { softmax(a, 2); });
  EXPECT_TRUE(net.layers().empty()) << "nothing is left of what is refused";
  Tensor lost;
  {
    Network gone;
    lost = gone.input("x", DType::f32, {1});
  }
  refused(ErrorCode::invalid_argument, {"its network is no more"}, [&] { relu(lost); });
}

}  // namespace
}  // namespace lathe
