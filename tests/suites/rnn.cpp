#include "ops/rnn.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::Rnn;
using ops::RnnActivation;
using ops::RnnCell;
using ops::RnnDirection;

/// Inputs of the sizes that an op needs, small numbers.
std::vector<HostTensor> inputs_of(const Rnn& op, DType type, int64_t seq, int64_t batch, int64_t width, int64_t hidden,
                                  Random& random) {
  const int64_t d = op.directions(), g = op.gates() * hidden;
  const auto make = [&](const Shape& shape) { return random.normal_tensor("x", type, shape, 0, 0.7); };
  const Shape state = op.batch_first ? Shape{batch, d, hidden} : Shape{d, batch, hidden};
  std::vector<HostTensor> in = {make(op.batch_first ? Shape{batch, seq, width} : Shape{seq, batch, width}),
                                make({d, g, width}), make({d, g, hidden})};
  if (op.bias) in.push_back(make({d, 2 * g}));
  if (op.lengths) in.push_back(random.integer_tensor("lengths", DType::i32, {batch}, 0, seq));
  if (op.initial_h) in.push_back(make(state));
  if (op.initial_c) in.push_back(make(state));
  if (op.peepholes) in.push_back(make({d, 3 * hidden}));
  return in;
}

TEST(SuiteRnn, CellsAndDirections) {
  Random random(65);
  Suite suite("rnn", {});
  for (DType type : kFloats)
    for (RnnCell cell : {RnnCell::rnn, RnnCell::gru, RnnCell::lstm})
      for (RnnDirection direction : {RnnDirection::forward, RnnDirection::reverse, RnnDirection::both})
        for (bool all : {false, true}) {
          const bool lstm = cell == RnnCell::lstm;
          const Rnn op{.cell = cell,
                       .direction = direction,
                       .clip = all ? 0.5 : 0,
                       .linear_before_reset = cell == RnnCell::gru && all,
                       .batch_first = direction != RnnDirection::reverse,
                       .bias = all,
                       .lengths = all,
                       .initial_h = all,
                       .initial_c = lstm && all,
                       .peepholes = lstm && all};
          suite.check({op, inputs_of(op, type, 4, 3, 2, 5, random)});
        }
}

/// The same with the product of its input done: w made part of x, r turned, and of a type of its own.
Case projected(Rnn op, std::vector<HostTensor> in, Random& random, DType type = DType::f32) {
  const Shape x = in[0].shape, r = in[2].shape;
  op.projected = true;
  in[1] = random.normal_tensor("r", type, {r[0], r[2], r[1]}, 0, 1 / std::sqrt(static_cast<double>(r[2]) + 1));
  in[0] = random.normal_tensor("x", in[0].dtype, {x[0], x[1], r[0] * r[1]}, 0, 0.7);
  in.erase(in.begin() + 2);
  return {op, std::move(in), {1}};
}

std::vector<Rnn> cells() {
  std::vector<Rnn> list = {{.cell = RnnCell::rnn}, {.cell = RnnCell::gru}, {.cell = RnnCell::gru}, {}, {}};
  list[2].linear_before_reset = list[4].input_forget = true;
  return list;
}

TEST(SuiteRnn, Recurrences) {
  Random random(67);
  Suite suite("rnn", {.f32 = 5e-6});
  for (Rnn op : cells())
    for (RnnDirection direction : {RnnDirection::forward, RnnDirection::reverse, RnnDirection::both})
      for (bool all : {false, true}) {
        op.direction = direction;
        op.batch_first = direction == RnnDirection::forward;
        op.clip = all ? 0.8 : 0;
        op.bias = op.lengths = op.initial_h = all;
        op.initial_c = op.peepholes = all && op.cell == RnnCell::lstm;
        for (int64_t hidden : {2, 5, 16, 38})
          for (int64_t batch : {1, 4, 11})
            for (DType type : {DType::f32, DType::bf16})
              suite.check(projected(op, inputs_of(op, DType::f32, 4, batch, 2, hidden, random), random, type));
      }
  suite.check_coverage();
}

/// Sizes at which units are dealt out, each member with a barrier a step, and batches of several tiles.
TEST(SuiteRnn, LargeRecurrences) {
  Random random(68);
  Suite suite("rnn", {.f32 = 5e-6});
  for (Rnn op : cells())
    for (RnnDirection direction : {RnnDirection::forward, RnnDirection::both})
      for (int64_t batch : {1, 25}) {
        op.direction = direction;
        op.bias = op.lengths = batch != 25;
        for (DType type : {DType::f32, DType::bf16})
          suite.check(
              projected(op, inputs_of(op, DType::f32, 3, batch, 2, batch == 1 ? 208 : 112, random), random, type));
      }
}

TEST(SuiteRnn, ActivationsOfRecurrences) {
  Random random(69);
  Suite suite("rnn", {.f32 = 5e-6});
  for (int kind = 0; kind <= static_cast<int>(RnnActivation::softplus); ++kind)
    for (Rnn op : cells()) {
      op.direction = RnnDirection::both;
      const auto count = static_cast<size_t>(op.functions());
      // The second direction has others, with parameters of their own.
      op.activations.list.assign(2 * count, RnnActivation::tanh);
      op.activations.list[count - 1] = static_cast<RnnActivation>(kind);
      suite.check(projected(op, inputs_of(op, DType::f32, 3, 2, 2, 21, random), random));
      op.activations.list[count] = static_cast<RnnActivation>(kind);
      op.alpha.values.assign(2 * count, 0.6);
      op.beta.values.assign(2 * count, 0.2);
      suite.check(projected(op, inputs_of(op, DType::f32, 3, 2, 2, 21, random), random));
    }
}

/// Wrong lengths, and what is no number stays in its row.
TEST(SuiteRnn, FaultsOfRecurrences) {
  Random random(70);
  Suite suite("rnn", {.f32 = 5e-6});
  const Rnn op{.direction = RnnDirection::both, .lengths = true};
  Case of = projected(op, inputs_of(op, DType::f32, 3, 2, 2, 20, random), random);
  for (double wrong : {-1.0, 4.0}) {
    of.inputs[2] = make_tensor("lengths", DType::i64, {2}, {1, wrong});
    suite.check_fault(of, ErrorCode::out_of_range);
  }
  of.inputs[2] = make_tensor("lengths", DType::i64, {2}, {3, 0});
  suite.check(of);
}

TEST(SuiteRnn, Empties) {
  Random random(66);
  Suite suite("rnn", {});
  for (RnnCell cell : {RnnCell::rnn, RnnCell::gru, RnnCell::lstm}) {
    const Rnn op{.cell = cell, .bias = true, .initial_h = true};
    for (const Shape& sizes : {Shape{0, 3, 5}, Shape{4, 0, 5}, Shape{4, 3, 0}})
      suite.check(projected(op, inputs_of(op, DType::f32, sizes[0], sizes[1], 2, sizes[2], random), random));
    suite.check({op, inputs_of(op, DType::f32, 0, 3, 2, 5, random)});
    suite.check({op, inputs_of(op, DType::f32, 4, 0, 2, 5, random)});
    suite.check({op, inputs_of(op, DType::f32, 4, 3, 0, 5, random)});
    suite.check({op, inputs_of(op, DType::f32, 4, 3, 2, 0, random)});
  }
}

HostTensor some(const Shape& shape, int64_t step, double scale = 4) {
  return pattern(DType::f64, shape, step, 11, 5, scale);
}

TEST(SuiteRnn, Numbers) {
  expect_numbers(
      {Rnn{.cell = RnnCell::rnn, .direction = RnnDirection::both, .bias = true, .initial_h = true},
       {some({3, 2, 2}, 3), some({2, 2, 2}, 5), some({2, 2, 2}, 7), some({2, 4}, 2), some({2, 2, 2}, 4)}},
      {{0.905148254,  -0.925346225, -0.996997635, -0.968187217, -0.760822798, -0.615376748, -0.829288756, -0.482617384,
        -0.951187969, -0.997265304, -0.877051641, -0.715925273, -0.905029601, -0.637455355, -0.713890818, 0.676509071,
        0.127160201,  -0.976146553, -0.935302488, 0.285462538,  -0.941375538, 0.1853332,    0.635148952,  0.905148254},
       {0.127160201, -0.976146553, -0.935302488, 0.285462538, -0.760822798, -0.615376748, -0.829288756, -0.482617384}},
      1e-7);
  expect_numbers({Rnn{.cell = RnnCell::gru, .bias = true, .initial_h = true},
                  {some({3, 2, 2}, 3), some({1, 6, 2}, 5), some({1, 6, 2}, 7), some({1, 12}, 2), some({1, 2, 2}, 4)}},
                 {{-0.544276877, 0.369092162, -0.103492574, -0.41765119, 0.246145476, -0.030351952, 0.529388327,
                   -0.739936056, 0.75933277, -0.167029677, 0.977005856, 0.583905394},
                  {0.75933277, -0.167029677, 0.977005856, 0.583905394}},
                 1e-7);
  expect_numbers({Rnn{.cell = RnnCell::gru,
                      .direction = RnnDirection::reverse,
                      .linear_before_reset = true,
                      .batch_first = true,
                      .bias = true,
                      .initial_h = true},
                  {some({2, 3, 2}, 3), some({1, 6, 2}, 5), some({1, 6, 2}, 7), some({1, 12}, 2), some({2, 1, 2}, 4)}},
                 {{0.540555928, 0.61944021, 0.209163114, -0.00602049948, -0.467690966, 0.704419764, -0.144745109,
                   -0.603602689, 0.508860448, -0.428238222, 0.956818652, 0.665067758},
                  {0.540555928, 0.61944021, -0.144745109, -0.603602689}},
                 1e-7);
  expect_numbers({Rnn{.cell = RnnCell::lstm}, {some({3, 2, 2}, 3), some({1, 8, 2}, 5), some({1, 8, 2}, 7)}},
                 {{-0.115337167, -0.0129059225, 0.150526896, 0.131179155, -0.132205204, -0.0181805066, 0.167528295,
                   0.209551712, -0.0796563178, -0.00669452461, 0.0649612702, -0.160565334},
                  {-0.0796563178, -0.00669452461, 0.0649612702, -0.160565334},
                  {-0.257114753, -0.0201071599, 0.0835871142, -0.193235849}},
                 1e-7);
  expect_numbers(
      {Rnn{.cell = RnnCell::lstm,
           .direction = RnnDirection::both,
           .batch_first = true,
           .bias = true,
           .initial_h = true,
           .initial_c = true,
           .peepholes = true},
       {some({2, 3, 2}, 3), some({2, 8, 2}, 5), some({2, 8, 2}, 7), some({2, 16}, 2), some({2, 2, 2}, 4),
        some({2, 2, 2}, 6), some({2, 6}, 9)}},
      {{-0.197457132, -0.000763690452, -0.408818871, -0.539093866, -0.347120367, 0.048391782,
        -0.33315743,  -0.46314587,     -0.249998292, 0.0231957303, -0.185361944, -0.358560825,
        -0.118346088, 0.122521649,     -0.300947264, -0.159944562, -0.196831472, 0.0780969596,
        -0.483703578, 0.0478381212,    -0.507263818, -0.149842995, -0.095700108, 0.486874561},
       {-0.249998292, 0.0231957303, -0.408818871, -0.539093866, -0.507263818, -0.149842995, -0.300947264, -0.159944562},
       {-1.22476734, 0.181754403, -0.613533672, -0.635823947, -0.697708034, -0.266642851, -1.38858044, -0.206186006}},
      1e-7);
}

TEST(SuiteRnn, ProjectedIsTheSame) {
  const std::vector<double> w = {0.5, -1, 2, 1, -0.5, 0.25}, r = {1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6};
  const HostTensor x = some({3, 2, 1}, 3);
  std::vector<double> products, turned;
  for (double v : to_doubles(x))
    for (double weight : w) products.push_back(v * weight);
  for (size_t k = 0; k < 2; ++k)
    for (size_t j = 0; j < 6; ++j) turned.push_back(r[j * 2 + k]);
  const Rnn whole{.cell = RnnCell::gru};
  Rnn op = whole;
  op.projected = true;
  expect_numbers(
      {op, {make_tensor("x", DType::f64, {3, 2, 6}, products), make_tensor("r", DType::f64, {1, 2, 6}, turned)}},
      numbers_of({whole, {x, make_tensor("w", DType::f64, {1, 6, 1}, w), make_tensor("r", DType::f64, {1, 6, 2}, r)}}),
      1e-12);
}

/// One step of one number: x = 1, no state, weights 1.
double activated(RnnActivation kind, double x, ops::Numbers alpha = {}, ops::Numbers beta = {}) {
  const Rnn op{.cell = RnnCell::rnn, .activations = {{kind}}, .alpha = std::move(alpha), .beta = std::move(beta)};
  const auto one = [](double value) { return make_tensor("x", DType::f64, {1, 1, 1}, {value}); };
  return numbers_of({op, {one(x), one(1), one(0)}})[0][0];
}

TEST(SuiteRnn, Activations) {
  EXPECT_EQ(activated(RnnActivation::relu, -2), 0);
  EXPECT_EQ(activated(RnnActivation::relu, 2), 2);
  EXPECT_DOUBLE_EQ(activated(RnnActivation::tanh, 0.5), std::tanh(0.5));
  EXPECT_DOUBLE_EQ(activated(RnnActivation::sigmoid, 0.5), 0.62245933120185459);
  EXPECT_EQ(activated(RnnActivation::affine, 2, {{3}}, {{0.5}}), 6.5);
  EXPECT_EQ(activated(RnnActivation::affine, 2), 2);
  EXPECT_EQ(activated(RnnActivation::leaky_relu, -2), -0.02);
  EXPECT_EQ(activated(RnnActivation::leaky_relu, -2, {{0.5}}), -1);
  EXPECT_EQ(activated(RnnActivation::thresholded_relu, 1), 0);
  EXPECT_EQ(activated(RnnActivation::thresholded_relu, 1, {{0.5}}), 1);
  EXPECT_DOUBLE_EQ(activated(RnnActivation::scaled_tanh, 2, {{3}}, {{0.5}}), 3 * std::tanh(1.0));
  EXPECT_DOUBLE_EQ(activated(RnnActivation::hard_sigmoid, 1), 0.7);
  EXPECT_EQ(activated(RnnActivation::hard_sigmoid, 9), 1);
  EXPECT_EQ(activated(RnnActivation::hard_sigmoid, -9), 0);
  EXPECT_DOUBLE_EQ(activated(RnnActivation::elu, -1, {{2}}), 2 * (std::exp(-1.0) - 1));
  EXPECT_EQ(activated(RnnActivation::softsign, -3), -0.75);
  EXPECT_DOUBLE_EQ(activated(RnnActivation::softplus, 0), std::log(2.0));
  EXPECT_DOUBLE_EQ(activated(RnnActivation::softplus, 1000), 1000);
  for (RnnActivation kind : {RnnActivation::relu, RnnActivation::hard_sigmoid, RnnActivation::thresholded_relu})
    EXPECT_TRUE(std::isnan(activated(kind, NAN)));
}

TEST(SuiteRnn, LengthsClipAndInputForget) {
  // A sum: h' = x + h. Behind a sequence are zeros; backwards it begins at its end.
  Rnn sum{.cell = RnnCell::rnn, .direction = RnnDirection::both, .lengths = true, .initial_h = true};
  sum.activations.list = {RnnActivation::affine, RnnActivation::affine};
  const HostTensor x = make_tensor("x", DType::f64, {3, 2, 1}, {1, 10, 2, 20, 4, 40}),
                   one = full("w", DType::f64, {2, 1, 1}, 1);
  const HostTensor start = full("h", DType::f64, {2, 2, 1}, 100);
  const auto lengths = [](double a, double b) { return make_tensor("lengths", DType::i64, {2}, {a, b}); };
  expect_numbers({sum, {x, one, one, lengths(2, 0), start}},
                 {{101, 0, 103, 0, 103, 0, 102, 0, 0, 0, 0, 0}, {103, 100, 103, 100}});
  sum.clip = 101.5;
  expect_numbers({sum, {x, one, one, lengths(2, 0), start}},
                 {{101, 0, 101.5, 0, 101.5, 0, 101.5, 0, 0, 0, 0, 0}, {101.5, 100, 101.5, 100}});
  Suite suite("rnn", {});
  for (const HostTensor& wrong : {lengths(-1, 0), lengths(0, 4)})
    suite.check_fault({sum, {x, one, one, wrong, start}}, ErrorCode::out_of_range);
  // i = sigmoid(1), f = 1 - i, c' = f 2 + i tanh(1), h' = sigmoid(1) tanh(c').
  const Rnn coupled{.input_forget = true, .initial_c = true};
  const double i = 1 / (1 + std::exp(-1.0)), c = (1 - i) * 2 + i * std::tanh(1.0);
  expect_numbers({coupled,
                  {full("x", DType::f64, {1, 1, 1}, 1), full("w", DType::f64, {1, 4, 1}, 1),
                   full("r", DType::f64, {1, 4, 1}, 1), full("c", DType::f64, {1, 1, 1}, 2)}},
                 {{i * std::tanh(c)}, {i * std::tanh(c)}, {c}}, 1e-12);
}

TEST(SuiteRnn, SizesOfSymbols) {
  const Dim s = Dim::symbol("seq"), b = Dim::symbol("batch");
  const auto f = [](std::vector<Dim> shape) { return ops::TensorType{DType::f32, std::move(shape)}; };
  const ops::Op op = Rnn{.direction = RnnDirection::both, .batch_first = true};
  const ops::Types in = {f({b, s, 8}), f({2, 24, 8}), f({2, 24, 6})}, out = op.infer(in);
  EXPECT_EQ(to_string(out[0]), "f32[batch, seq, 2, 6]");
  EXPECT_EQ(to_string(out[2]), "f32[batch, 2, 6]");
  EXPECT_EQ(op.flops(in).str(), "1344*batch*seq");
  const ops::Op projected = Rnn{.direction = RnnDirection::both, .batch_first = true, .projected = true};
  const ops::Types parts = {f({b, s, 48}), f({2, 6, 24})};
  EXPECT_EQ(projected.infer(parts), out);
  EXPECT_EQ(projected.infer({parts[0], {DType::bf16, parts[1].shape}}), out);
  EXPECT_TRUE(projected.takes_narrow(1));
  EXPECT_FALSE(projected.takes_narrow(0));
  EXPECT_FALSE(op.takes_narrow(2));
  EXPECT_EQ(projected.flops(parts).str(), "576*batch*seq");
}

TEST(SuiteRnn, Refusals) {
  const auto f = [](std::vector<Dim> shape) { return ops::TensorType{DType::f32, std::move(shape)}; };
  const ops::Types in = {f({4, 3, 2}), f({1, 20, 2}), f({1, 20, 5})};
  const auto with = [&](const ops::TensorType& more) { return ops::Types{in[0], in[1], in[2], more}; };
  expect_refusal(Rnn{.bias = true}, in, "4 inputs");
  expect_refusal(Rnn{.direction = RnnDirection::both}, in, "w must be [2, 20, 2]");
  expect_refusal(Rnn{.cell = RnnCell::gru}, in, "w must be [1, 15, 2]");
  expect_refusal(Rnn{.bias = true}, with(f({1, 20})), "the bias must be [1, 40]");
  expect_refusal(Rnn{.lengths = true}, with({DType::i32, {4}}), "lengths must be [3]");
  expect_refusal(Rnn{.lengths = true}, with(f({3})), "i32 or i64");
  expect_refusal(Rnn{.batch_first = true, .initial_h = true}, with(f({1, 3, 5})), "initial_h must be [4, 1, 5]");
  expect_refusal(Rnn{.peepholes = true}, with(f({1, 5})), "peepholes must be [1, 15]");
  expect_refusal(Rnn{.initial_h = true}, with({DType::f16, {1, 3, 5}}), "x's type");
  expect_refusal(Rnn{.activations = {{RnnActivation::relu}}}, in, "need 3 values");
  expect_refusal(Rnn{.alpha = {{1}}}, in, "need 3 values");
  expect_refusal(Rnn{.beta = {{1, NAN, 1}}}, in, "finite");
  expect_refusal(Rnn{.projected = true}, {f({4, 3, 20}), f({1, 20, 5})}, "x w^T must be");
  expect_refusal(Rnn{.projected = true}, {f({4, 3, 20}), f({1, 5, 5})}, "r must be [1, 5, 20]");
  expect_refusal(Rnn{.projected = true}, {f({4, 3, 20}), {DType::f16, {1, 5, 20}}}, "x's type");
  expect_refusal(Rnn{}, {in[0], in[1], {DType::bf16, {1, 20, 5}}}, "x's type");
  expect_refusal(Rnn{.clip = -1}, in, "clip");
  expect_refusal(Rnn{.clip = NAN}, in, "clip");
  expect_refusal(Rnn{.linear_before_reset = true}, in, "GRU");
  expect_refusal(Rnn{.cell = RnnCell::gru, .input_forget = true}, in, "LSTM");
  expect_refusal(Rnn{}, {f({4, 3}), in[1], in[2]}, "3 dimensions");
}

}  // namespace
}  // namespace lathe::test
