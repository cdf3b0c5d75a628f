#include "ops/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using Draw = ops::Random;
using ops::RandomKind;

TEST(SuiteRandom, KindsAndTypes) {
  Random random(69);
  Suite suite("random", {});
  for (DType type : kFloats) {
    suite.check({Draw{.dtype = type, .shape = {2, 3, 5}, .seeded = true, .low = -3, .high = 2}, {}});
    suite.check(
        {Draw{.kind = RandomKind::normal, .dtype = type, .shape = {7}, .seeded = true, .seed = 9, .mean = 5}, {}});
    suite.check({Draw{.kind = RandomKind::normal, .dtype = type, .shape = {0}, .seeded = true}, {}});
    suite.check({Draw{.dtype = type, .seeded = true}, {}});
    for (DType result : {DType::f32, DType::boolean, DType::i64, DType::u8})
      suite.check({Draw{.kind = RandomKind::bernoulli, .dtype = result, .seeded = true},
                   {make_tensor("p", type, {2, 4}, {0, 0.25, 0.5, 0.75, 1, -3, NAN, 7})}});
    for (DType result : {DType::i32, DType::i64})
      suite.check({Draw{.kind = RandomKind::multinomial, .dtype = result, .seeded = true, .samples = 5},
                   {random.normal_tensor("x", type, {3, 4})}});
  }
  suite.check_coverage();
}

TEST(SuiteRandom, Numbers) {
  // Of an implementation of splitmix64 by itself.
  expect_numbers({Draw{.dtype = DType::f64, .shape = {4}, .seeded = true, .seed = 42}, {}},
                 {{0.5961188718302076, 0.1603653875985772, 0.16639780398145976, 0.04802579547595631}}, 0);
  expect_numbers({Draw{.dtype = DType::f32, .shape = {2}, .seeded = true, .seed = -1, .low = -1}, {}},
                 {{0.2927083969116211, 0.41031312942504883}}, 0);
  expect_numbers({Draw{.kind = RandomKind::normal,
                       .dtype = DType::f64,
                       .shape = {2},
                       .seeded = true,
                       .seed = 42,
                       .mean = 10,
                       .scale = 2},
                  {}},
                 {{11.437839750332792, 11.152124275678101}}, 1e-14);
}

double mean_of(const std::vector<double>& x) {
  double sum = 0;
  for (double value : x) sum += value;
  return sum / static_cast<double>(x.size());
}

TEST(SuiteRandom, Distributions) {
  constexpr int64_t count = 40000;
  std::vector<double> x = numbers_of({Draw{.shape = {count}, .seeded = true, .seed = 3, .low = 2, .high = 4}, {}})[0];
  EXPECT_NEAR(mean_of(x), 3, 0.02);
  EXPECT_GE(*std::min_element(x.begin(), x.end()), 2);
  EXPECT_LT(*std::max_element(x.begin(), x.end()), 4);
  x = numbers_of({Draw{.kind = RandomKind::normal, .shape = {count}, .seeded = true, .seed = 4}, {}})[0];
  EXPECT_NEAR(mean_of(x), 0, 0.03);
  for (double& value : x) value *= value;
  EXPECT_NEAR(mean_of(x), 1, 0.03);
  x = numbers_of({Draw{.kind = RandomKind::bernoulli, .seeded = true}, {full("p", DType::f32, {count}, 0.3)}})[0];
  EXPECT_NEAR(mean_of(x), 0.3, 0.02);
  const HostTensor weights = make_tensor("x", DType::f32, {1, 3}, {std::log(1.0), -INFINITY, std::log(3.0)});
  x = numbers_of(
      {Draw{.kind = RandomKind::multinomial, .dtype = DType::i32, .seeded = true, .samples = count}, {weights}})[0];
  EXPECT_NEAR(static_cast<double>(std::count(x.begin(), x.end(), 2.0)) / count, 0.75, 0.02);
  EXPECT_EQ(std::count(x.begin(), x.end(), 1.0), 0);
}

TEST(SuiteRandom, WhatCannotBeDrawn) {
  const auto draw = [](const Shape& shape, std::initializer_list<double> values) {
    return Case{Draw{.kind = RandomKind::multinomial, .dtype = DType::i64, .seeded = true, .samples = 2},
                {make_tensor("x", DType::f32, shape, values)}};
  };
  expect_numbers(draw({1, 2}, {-INFINITY, -INFINITY}), {{0, 0}});
  expect_numbers(draw({1, 2}, {NAN, 1}), {{0, 0}});
  expect_numbers(draw({1, 0}, {}), {{0, 0}});
  expect_numbers(draw({0, 3}, {}), {{}});
}

TEST(SuiteRandom, SeedsAndRuns) {
  const auto numbers = [](bool seeded, int64_t seed) {
    return numbers_of({Draw{.shape = {8}, .seeded = seeded, .seed = seed}, {}})[0];
  };
  EXPECT_EQ(numbers(true, 5), numbers(true, 5));
  EXPECT_NE(numbers(true, 5), numbers(true, 6));
  EXPECT_NE(numbers(false, 5), numbers(false, 5));
  EXPECT_TRUE(ops::Op(Draw{}).traits().effect);
}

TEST(SuiteRandom, ShapesFromInputs) {
  const ops::Types in = {{DType::i64, {2}}};
  const auto [op, count] = ops::Op(Draw{}).resolve(in, {std::vector<ops::Element>{Dim::symbol("n"), Dim(4)}});
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(to_string(op.infer({})[0]), "f32[n, 4]");
  const ops::Op same = Draw{.kind = RandomKind::bernoulli};
  EXPECT_EQ(same.resolve({{DType::f32, {2}}}, {std::nullopt}).second, 1u);
}

TEST(SuiteRandom, Refusals) {
  const ops::Types x = {{DType::f32, {2, 3}}};
  expect_refusal(Draw{}, x, "0 inputs");
  expect_refusal(Draw{.dtype = DType::i32}, {}, "floating point");
  expect_refusal(Draw{.shape = {-1}}, {}, "negative");
  expect_refusal(Draw{.low = NAN}, {}, "finite");
  expect_refusal(Draw{.kind = RandomKind::normal, .scale = INFINITY}, {}, "finite");
  expect_refusal(Draw{.kind = RandomKind::bernoulli}, {{DType::i32, {2}}}, "floating point");
  expect_refusal(Draw{.kind = RandomKind::bernoulli, .shape = {2}}, x, "shape");
  expect_refusal(Draw{.kind = RandomKind::multinomial}, x, "i32 or i64");
  expect_refusal(Draw{.kind = RandomKind::multinomial, .dtype = DType::i32}, {{DType::f32, {2}}}, "classes");
  expect_refusal(
      Draw{.kind = RandomKind::multinomial, .dtype = DType::i32, .samples = std::numeric_limits<int64_t>::min()}, x,
      "negative");
}

}  // namespace
}  // namespace lathe::test
