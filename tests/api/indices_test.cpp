// Layers that read and write at places, recurrent layers, quantization.
#include <cmath>

#include "tests/api/run.h"

namespace lathe {
namespace {
using namespace test;

TEST(ApiIndices, Gather) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {2, 3});
  const Tensor columns = net.constant(DType::i64, {2}, {2, -3});
  const Tensor each = net.constant(DType::i32, {2, 2}, {0, 2, 1, 1});
  net.output("rows", gather(x, columns, 1));
  net.output("batch", gather(x, each, 1, 1));
  net.output("elements", gather_elements(x, each, 1));
  net.output("nd", gather_nd(x, net.constant(DType::i64, {2, 2}, {0, 1, 1, 2})));
  const Tensor cube = reshape(x, {1, 2, 3});
  net.output("inner", gather(cube, net.constant(DType::i64, {1, 1}, {1}), 2, 1));
  auto r = run(net, {{{"x", {1, 2, 3, 4, 5, 6}}}, {}});
  expect(r["rows"], {2, 2}, {3, 1, 6, 4});
  expect(r["batch"], {2, 2}, {1, 3, 5, 5});
  expect(r["elements"], {2, 2}, {1, 3, 5, 5});
  expect(r["nd"], {2}, {2, 6});
  expect(r["inner"], {1, 2, 1}, {2, 5});
}

TEST(ApiIndices, AnIndexOutsideStopsTheRun) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {2}), at = net.input("at", DType::i64, {1});
  net.output("y", gather(x, at));
  refused(ErrorCode::out_of_range, {"2"}, [&] { run(net, {{{"x", {1, 2}}, {"at", {2}}}, {}}); });
}

TEST(ApiIndices, Scatter) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {2, 2});
  net.output("elements",
             scatter_elements(x, net.constant(DType::i64, {1, 2}, {1, 0}), net.constant(DType::f32, {1, 2}, {8, 9})));
  net.output("added", scatter_elements(x, net.constant(DType::i64, {1, 2}, {1, 0}),
                                       net.constant(DType::f32, {1, 2}, {8, 9}), 0, ScatterJoin::add));
  net.output("nd", scatter_nd(x, net.constant(DType::i64, {1, 1}, {1}), net.constant(DType::f32, {1, 2}, {7, 7})));
  auto r = run(net, {{{"x", {1, 2, 3, 4}}}, {}});
  expect(r["elements"], {2, 2}, {1, 9, 8, 4});
  expect(r["added"], {2, 2}, {1, 11, 11, 4});
  expect(r["nd"], {2, 2}, {1, 2, 7, 7});
}

TEST(ApiIndices, OneHotAndNonZero) {
  Network net;
  const Tensor x = net.input("x", DType::i32, {3});
  const Tensor values = net.constant(DType::f32, {2}, {-1, 5});
  net.output("hot", one_hot(x, values, 3));
  net.output("first", one_hot(x, values, net.constant(2, DType::i64), 0));
  net.output("places", non_zero(x));
  auto r = run(net, {{{"x", {1, 0, 2}}}, {}});
  expect(r["hot"], {3, 3}, {-1, 5, -1, 5, -1, -1, -1, -1, 5});
  expect(r["first"], {2, 3}, {-1, 5, -1, 5, -1, -1});
  expect(r["places"], {1, 2}, {0, 2});
}

TEST(ApiIndices, Nms) {
  Network net;
  const Tensor boxes = net.input("boxes", DType::f32, {1, 3, 4}), scores = net.input("scores", DType::f32, {1, 3, 1});
  const NmsOptions options{.most_boxes_per_class = 3, .iou_threshold = 0.5, .score_threshold = 0.2};
  const NmsResult all = nms(boxes, scores, options);
  net.output("indices", all.indices);
  net.output("count", all.count);
  NmsOptions one = options;
  one.top_k = 1;
  net.output("one", nms(boxes, scores, one).indices);
  const Tensor two = concatenation({scores, scores * 0.5}, 2);
  const Tensor apart = concatenation({reshape(boxes, {1, 3, 1, 4}), reshape(boxes, {1, 3, 1, 4})}, 2);
  net.output("classes", nms(apart, two, options).indices);
  auto r = run(net, {{{"boxes", {0, 0, 1, 1, 0, 0, 1, 0.9, 5, 5, 6, 6}}, {"scores", {0.6, 0.9, 0.5}}}, {}});
  expect(r["indices"], {2, 3}, {0, 0, 1, 0, 0, 2});
  expect(r["count"], {}, {2});
  expect(r["one"], {1, 3}, {0, 0, 1});
  expect(r["classes"], {4, 3}, {0, 0, 1, 0, 0, 2, 0, 1, 1, 0, 1, 2});
}

TEST(ApiIndices, ReverseSequence) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {3, 2});
  const Tensor lengths = net.constant(DType::i32, {2}, {3, 2});
  expect(result_of(net, reverse_sequence(x, lengths), {{{"x", {1, 2, 3, 4, 5, 6}}}, {}}), {3, 2}, {5, 4, 3, 2, 1, 6});
}

TEST(ApiQuantization, ThereAndBack) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {2, 2});
  const Tensor scale = net.constant(0.5), scales = net.constant(DType::f32, {2}, {0.5, 2});
  net.output("q", quantize(x, scale));
  net.output("axis", quantize(x, scales, DType::u8, {.axis = 0, .zero_point = net.constant(DType::u8, {2}, {10, 20})}));
  net.output("back", dequantize(quantize(x, scale), scale));
  auto r = run(net, {{{"x", {1, -1, 100, 3.2}}}, {}});
  EXPECT_EQ(r["q"].dtype, DType::i8);
  expect(r["q"], {2, 2}, {2, -2, 127, 6});
  expect(r["axis"], {2, 2}, {12, 8, 70, 22});
  expect(r["back"], {2, 2}, {1, -1, 63.5, 3});
}

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

TEST(ApiRecurrent, LstmByNamedGates) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {1, 2, 1});
  const auto one = [&](double v) { return net.constant(DType::f32, {1, 1}, {v}); };
  const auto bias = [&](double v) { return net.constant(DType::f32, {1}, {v}); };
  // In an order of their own.
  const std::vector<GateWeights> gates = {{0, Gate::cell, one(0.5), one(0.1), bias(0.1), {}},
                                          {0, Gate::output, one(0.3), one(0.2), {}, bias(0.2)},
                                          {0, Gate::forget, one(-0.4), one(0.3), {}, {}},
                                          {0, Gate::input, one(0.7), one(-0.2), {}, {}}};
  const RecurrentResult y = rnn(x, gates);
  net.output("y", y.y);
  net.output("h", y.last_h);
  net.output("c", y.last_c);
  double h = 0, c = 0;
  std::vector<double> states;
  for (double v : {1.0, -2.0}) {
    const double i = sigmoid_of(0.7 * v - 0.2 * h), f = sigmoid_of(-0.4 * v + 0.3 * h),
                 o = sigmoid_of(0.3 * v + 0.2 * h + 0.2), g = std::tanh(0.5 * v + 0.1 * h + 0.1);
    c = f * c + i * g;
    h = o * std::tanh(c);
    states.push_back(h);
  }
  auto r = run(net, {{{"x", {1, -2}}}, {}});
  expect(r["y"], {1, 2, 1}, states);
  expect(r["h"], {1, 1, 1}, {h});
  expect(r["c"], {1, 1, 1}, {c});
  refused(ErrorCode::invalid_argument, {"rnn", "layer 0", "no weights of gate forget"}, [&] {
    rnn(x, {gates[0], gates[1], gates[3]});
  });
}

TEST(ApiRecurrent, LayersAndDirections) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {1, 2, 1});
  const auto one = [&](const std::vector<int64_t>& shape, const std::vector<double>& v) {
    return net.constant(DType::f32, shape, v);
  };
  const std::vector<GateWeights> gates = {{0, Gate::input, one({1, 1}, {1}), one({1, 1}, {1})},
                                          {1, Gate::input, one({1, 1}, {2}), one({1, 1}, {1})},
                                          {2, Gate::input, one({1, 2}, {1, 1}), one({1, 1}, {0})},
                                          {3, Gate::input, one({1, 2}, {1, -1}), one({1, 1}, {0})}};
  const RecurrentResult y = rnn(x, gates, {.cell = RecurrentCell::relu, .layers = 2, .both_directions = true});
  net.output("y", y.y);
  net.output("h", y.last_h);
  net.output("skip",
             rnn(x, {{0, Gate::input, {}, one({1, 1}, {1})}}, {.cell = RecurrentCell::relu, .skip_input = true}).y);
  // Layer 0: forward 1, 3; backward 6, 4. Layer 1: sums 7, 7; differences cut at 0.
  auto r = run(net, {{{"x", {1, 2}}}, {}});
  expect(r["y"], {1, 2, 2}, {7, 0, 7, 0});
  expect(r["h"], {1, 4, 1}, {3, 6, 7, 0});
  expect(r["skip"], {1, 2, 1}, {1, 3});
}

TEST(ApiRecurrent, Gru) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {1, 2, 1}), start = net.input("start", DType::f32, {1, 1, 1});
  const auto one = [&](double v) { return net.constant(DType::f32, {1, 1}, {v}); };
  const std::vector<GateWeights> gates = {
      {0, Gate::hidden, one(1), one(0.5)}, {0, Gate::reset, one(0.2), one(0.3)}, {0, Gate::update, one(-1), one(0.4)}};
  double h = 0.5;
  std::vector<double> states;
  for (double v : {1.0, 2.0}) {
    const double z = sigmoid_of(-v + 0.4 * h), r = sigmoid_of(0.2 * v + 0.3 * h), n = std::tanh(v + r * 0.5 * h);
    h = (1 - z) * n + z * h;
    states.push_back(h);
  }
  const Tensor y = rnn(x, gates, {.cell = RecurrentCell::gru, .initial_h = start}).y;
  expect(result_of(net, y, {{{"x", {1, 2}}, {"start", {0.5}}}, {}}), {1, 2, 1}, states);
}

}  // namespace
}  // namespace lathe
