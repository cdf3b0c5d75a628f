#include "ops/deconv.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::Deconv;

TEST(SuiteDeconv, TypesAndDimensions) {
  Random random(53);
  Suite suite("deconv", {});
  for (DType type : kFloats) {
    const auto x = [&](const Shape& shape) { return random.normal_tensor("x", type, shape); };
    suite.check({Deconv{}, {x({2, 3, 4}), x({3, 2, 3})}});
    suite.check({Deconv{{{2, 3}, {1, 2}, {1, 0}, {2, 1}}, {1, 0}}, {x({2, 3, 3, 2}), x({3, 2, 3, 2}), x({2})}});
    suite.check({Deconv{{{1, 2, 3}}, {}, 2}, {x({1, 4, 2, 3, 2}), x({4, 3, 2, 2, 3}), x({6})}});
  }
  for (DType type : {DType::i32, DType::i64})
    suite.check(
        {Deconv{{{3}}},
         {random.integer_tensor("x", type, {2, 2, 3}, -9, 9), random.integer_tensor("w", type, {2, 2, 2}, -9, 9)}});
  const auto x = [&](const Shape& shape) { return random.normal_tensor("x", DType::f32, shape); };
  suite.check({Deconv{}, {x({0, 3, 4}), x({3, 2, 3})}});
  suite.check({Deconv{}, {x({2, 0, 4}), x({0, 2, 3}), x({2})}});
  suite.check({Deconv{}, {x({2, 3, 4}), x({3, 0, 3})}});
  suite.check({Deconv{{{2}, {}, {}, {-3}}}, {x({2, 3, 4}), x({3, 1, 2})}});
  suite.check_coverage();
}

TEST(SuiteDeconv, Numbers) {
  const auto x = [](const Shape& shape) { return pattern(DType::f64, shape, 5, 11, 4); };
  const auto w = [](const Shape& shape) { return pattern(DType::f64, shape, 3, 7, 3); };
  expect_numbers({Deconv{{{2}, {}, {1}, {0}}, {1}}, {x({1, 2, 3}), w({2, 1, 3}), w({1})}},
                 {{-3, -23, 7, -27, -5, 17, -3}});
  expect_numbers({Deconv{{{1, 2}, {2, 1}, {0, 1}, {1, 0}}}, {x({1, 1, 2, 2}), w({1, 2, 2, 3})}},
                 {{0, -15, 0, 3, 0, 18, 0, 0, -8, 7, 2, -2, 12, 1, -3, 0, -18, 0, 0, 0, 4, -5, -1, 2}});
  // Groups are convolutions side by side.
  expect_numbers(
      {Deconv{{}, {}, 2},
       {make_tensor("x", DType::f32, {1, 2, 1}, {2, 3}), make_tensor("w", DType::f32, {2, 1, 2}, {1, 10, 100, 1000})}},
      {{2, 20, 300, 3000}});
  // What no window reaches has the bias alone.
  expect_numbers(
      {Deconv{{{}, {}, {-1}, {-1}}},
       {full("x", DType::f32, {1, 1, 1}, 2), full("w", DType::f32, {1, 1, 1}, 3), full("b", DType::f32, {1}, 7)}},
      {{7, 13, 7}});
}

TEST(SuiteDeconv, SizesOfSymbols) {
  const Dim h = Dim::symbol("h");
  const ops::Types in = {{DType::f32, {1, 4, h}}, {DType::f32, {4, 3, 3}}};
  EXPECT_EQ(to_string(ops::Op(Deconv{{{2}, {}, {1}, {1}}, {1}, 2}).infer(in)[0]), "f32[1, 6, 2*h]");
  EXPECT_EQ(ops::Op(Deconv{{{2}}, {}, 2}).flops(in).str(), "72*h");
}

TEST(SuiteDeconv, Refusals) {
  const auto f = [](std::vector<Dim> shape) { return ops::TensorType{DType::f32, std::move(shape)}; };
  const ops::Types plain = {f({1, 4, 5}), f({4, 2, 3})};
  constexpr int64_t huge = std::numeric_limits<int64_t>::max();
  expect_refusal(Deconv{}, {f({1, 4, 5}), f({3, 2, 3})}, "4 channels, w takes 3");
  expect_refusal(Deconv{{}, {}, 3}, plain, "4 channels do not fall into 3 groups");
  expect_refusal(Deconv{{}, {}, huge}, plain, "groups");
  expect_refusal(Deconv{{}, {1, 2}}, plain, "output_padding");
  expect_refusal(Deconv{{}, {-1}}, plain, "output_padding");
  expect_refusal(Deconv{{{}, {}, {huge}, {huge}}}, plain, "nothing is left");
  expect_refusal(Deconv{}, {plain[0], plain[1], f({3})}, "bias");
}

}  // namespace
}  // namespace lathe::test
