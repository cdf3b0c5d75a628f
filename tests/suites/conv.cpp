#include "ops/conv.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::Conv;

TEST(SuiteConv, TypesAndDimensions) {
  Random random(51);
  Suite suite("conv", {});
  for (DType type : kFloats) {
    const auto x = [&](const Shape& shape) { return random.normal_tensor("x", type, shape); };
    suite.check({Conv{}, {x({2, 3, 7}), x({4, 3, 3})}});
    suite.check({Conv{{{2, 1}, {1, 2}, {1, 0}, {2, 1}}}, {x({2, 3, 5, 6}), x({4, 3, 3, 2}), x({4})}});
    suite.check({Conv{{{1, 2, 3}, {}, {1, 1, 1}, {}}, 2}, {x({1, 4, 3, 4, 5}), x({6, 2, 2, 2, 3}), x({6})}});
    suite.check({Conv{{}, 3}, {x({2, 3, 5, 5}), x({3, 1, 5, 5})}});
  }
  for (DType type : {DType::i32, DType::i64})
    suite.check({Conv{{{}, {}, {1}, {1}}, 2},
                 {random.integer_tensor("x", type, {2, 4, 5}, -9, 9),
                  random.integer_tensor("w", type, {2, 2, 3}, -9, 9), random.integer_tensor("b", type, {2}, -9, 9)}});
}

/// x, w and what the epilogue wants, the weights and vectors constant.
Case last(Random& random, DType type, Conv op, const std::string& epilogue, const Shape& x, const Shape& w) {
  op.channels_last = true;
  parse(epilogue, op.epilogue);
  double terms = 1;
  for (int d = 0; d + 1 < w.rank(); ++d) terms *= static_cast<double>(w[d]);
  Case made{op, {random.normal_tensor("x", type, x), random.normal_tensor("w", type, w, 0, 1 / std::sqrt(terms))}, {1}};
  for (const ops::EpilogueRecord& record : op.epilogue.records) {
    ops::Equalities compared;
    Conv bare = op;
    bare.epilogue = {};
    const ops::Types in = {{type, {x.begin(), x.end()}}, {type, {w.begin(), w.end()}}};
    const ops::Types out = infer(bare, in, compared);
    Shape y;
    for (const Dim& d : out[0].shape) y.push_back(d.constant());
    for (size_t i = 0; i < record.operands(); ++i) {
      const bool residual = record.kind == ops::EpilogueRecord::Kind::residual;
      if (!residual) made.constants.push_back(made.inputs.size());
      made.inputs.push_back(random.normal_tensor("operand", residual ? type : DType::f32, residual ? y : Shape{w[-1]}));
    }
  }
  return made;
}

constexpr Tolerance kSums{.f32 = 2e-6, .bf16 = 4e-3, .f16 = 6e-4, .f64 = 1e-11};

TEST(SuiteConv, ChannelsLast) {
  Random random(53);
  Suite suite("conv", kSums);
  for (DType type : kFloats) {
    const auto check = [&](const Conv& op, const std::string& epilogue, const Shape& x, const Shape& w) {
      suite.check(last(random, type, op, epilogue, x, w));
    };
    check({}, "", {2, 7, 3}, {3, 3, 4});
    check({{{2, 1}, {1, 2}, {1, 0}, {2, 1}}}, "bias", {2, 5, 6, 3}, {3, 2, 3, 5});
    check({{{1, 2, 3}, {}, {1, 1, 1}, {}}, 2}, "bias+relu", {1, 3, 4, 5, 4}, {2, 2, 3, 2, 6});
    check({{{}, {}, {1, 1}, {1, 1}}, 3}, "bias+residual+relu", {1, 5, 6, 3}, {3, 3, 1, 3});
    check({{{}, {}, {2, 2}, {2, 2}}, 2}, "clip(0,6)", {1, 5, 6, 6}, {5, 5, 3, 32});
    check({}, "bias+layer_norm(1e-05)", {1, 5, 5, 3}, {3, 3, 3, 7});
  }
  for (DType type : {DType::i32, DType::i64})
    suite.check(
        {Conv{{{}, {}, {1}, {1}}, 2, true},
         {random.integer_tensor("x", type, {2, 5, 4}, -9, 9), random.integer_tensor("w", type, {3, 2, 2}, -9, 9)}});
  suite.check_coverage();
}

TEST(SuiteConv, ChannelsLastSizes) {
  Random random(54);
  Suite suite("conv", kSums);
  for (int64_t c : {1, 3, 17, 33, 64})
    for (int64_t o : {1, 16, 33})
      for (int64_t k : {1, 3, 5})
        for (int64_t stride : {1, 2}) {
          const Conv op{{{stride, stride}, {}, {k / 2, k / 2}, {k / 2, k / 2}}};
          suite.check(last(random, DType::f32, op, "bias+relu", {2, 7, 9, c}, {k, k, c, o}));
        }
  // Windows that reach far beyond x, that lie far apart, and over rows that are longer than all of these.
  suite.check(last(random, DType::f32, {{{}, {3, 2}, {6, 5}, {7, 4}}}, "", {1, 3, 2, 5}, {3, 4, 5, 20}));
  suite.check(last(random, DType::f32, {{{3, 5}}}, "", {1, 20, 21, 5}, {2, 2, 5, 20}));
  suite.check(last(random, DType::f32, {{{2, 2}, {}, {3, 3}, {3, 3}}}, "bias", {1, 30, 31, 3}, {7, 7, 3, 64}));
  suite.check(last(random, DType::f32, {{{}, {}, {1, 1}, {1, 1}}}, "bias", {1, 9, 9, 160}, {3, 3, 160, 40}));
  suite.check(last(random, DType::f32, {{{}, {}, {1, 1}, {1, 1}}}, "", {0, 9, 9, 3}, {3, 3, 3, 4}));
  suite.check(last(random, DType::f32, {{{}, {}, {1, 1}, {1, 1}}}, "bias", {1, 9, 9, 0}, {3, 3, 0, 4}));
}

TEST(SuiteConv, ChannelByChannel) {
  Random random(55);
  Suite suite("conv", kSums);
  for (int64_t c : {1, 8, 17, 33, 130})
    for (int64_t k : {2, 3, 5})
      for (int64_t stride : {1, 2, 3})
        for (int64_t width : {1, 4, 15}) {
          const Conv op{{{stride, stride}, {}, {k / 2, k / 2}, {k / 2, k / 2}}, c};
          suite.check(last(random, DType::f32, op, "bias+clip(0,6)", {2, 5, width, c}, {k, k, 1, c}));
        }
  const Conv plain{{{}, {}, {1, 1}, {1, 1}}, 20};
  for (const char* epilogue : {"", "relu", "silu", "bias+hard_swish", "bias+residual", "bias+residual+gelu",
                               "sigmoid+residual", "bias+elu", "bias+relu+layer_norm(1e-05)"})
    suite.check(last(random, DType::f32, plain, epilogue, {1, 6, 7, 20}, {3, 3, 1, 20}));
  suite.check(last(random, DType::f32, {{{}, {2, 3}, {2, 3}, {2, 3}}, 20}, "", {1, 6, 7, 20}, {3, 3, 1, 20}));
  suite.check(last(random, DType::f32, {{{1, 2, 1}, {}, {1, 1, 1}, {}}, 5}, "", {2, 3, 4, 5, 5}, {2, 2, 3, 1, 5}));
  suite.check(last(random, DType::f32, {{{}, {}, {1}, {1}}, 6}, "", {2, 9, 6}, {3, 1, 6}));
}

TEST(SuiteConv, NothingToSum) {
  Random random(52);
  Suite suite("conv", {});
  const auto x = [&](const Shape& shape) { return random.normal_tensor("x", DType::f32, shape); };
  suite.check({Conv{}, {x({0, 3, 7}), x({4, 3, 3})}});
  suite.check({Conv{}, {x({2, 0, 7}), x({4, 0, 3})}});
  suite.check({Conv{}, {x({2, 0, 7}), x({4, 0, 3}), x({4})}});
  suite.check({Conv{}, {x({2, 3, 7}), x({0, 3, 3})}});
  suite.check({Conv{{{}, {}, {2}, {2}}}, {x({2, 3, 0}), x({1, 3, 3})}});
}

TEST(SuiteConv, Numbers) {
  const auto x = [](const Shape& shape) { return pattern(DType::f64, shape, 5, 11, 4); };
  const auto w = [](const Shape& shape) { return pattern(DType::f64, shape, 3, 7, 3); };
  expect_numbers({Conv{{{2}, {2}, {1}, {2}}}, {x({1, 2, 6}), w({2, 2, 3})}}, {{2, -2, -5, -7, -10, -2}});
  expect_numbers({Conv{{{2, 1}, {}, {1, 0}, {0, 1}}, 2}, {x({1, 4, 3, 3}), w({2, 2, 2, 2}), w({2})}},
                 {{-25, 8, 11, 9, -28, 13, 11, -21, 9, -15, 18, -27}});
  // 2^31 - 1 times 2 is -2 in 32 bits.
  const double most = std::numeric_limits<int32_t>::max();
  expect_numbers({Conv{}, {full("x", DType::i32, {1, 2, 1}, most), full("w", DType::i32, {1, 2, 1}, 1)}}, {{-2}});
  // Products are exact in 64 bits where doubles are not.
  expect_numbers(
      {Conv{},
       {make_tensor("x", DType::i64, {1, 1, 2}, {4503599627370496, 1}), make_tensor("w", DType::i64, {1, 1, 2}, {4, 1}),
        make_tensor("b", DType::i64, {1}, {-18014398509481984})}},
      {{1}}, 0);
}

TEST(SuiteConv, SizesOfSymbols) {
  const Dim h = Dim::symbol("h"), n = Dim::symbol("n");
  const ops::Types in = {{DType::f32, {n, 4, h}}, {DType::f32, {6, 2, 3}}};
  EXPECT_EQ(to_string(ops::Op(Conv{{{2}, {}, {1}, {1}}, 2}).infer(in)[0]), "f32[n, 6, floordiv(h + 1, 2)]");
  // Padding so that the output has ceil(h / 2) elements.
  const Dim missing = Dim::max(Dim(2) * Dim::ceildiv(h, Dim(2)) + Dim(1) - h, Dim(0));
  const ops::Types out = ops::Op(Conv{{{2}, {}, {Dim(0)}, {missing}}, 2}).infer(in);
  for (int64_t size : {1, 2, 5, 8})
    EXPECT_EQ(out[0].shape[2].evaluate([&](std::string_view) { return size; }), (size + 1) / 2) << size;
  EXPECT_EQ(ops::Op(Conv{{{2}, {}, {1}, {1}}, 2}).flops(in).str(), "72*floordiv(h + 1, 2)*n");
}

TEST(SuiteConv, Refusals) {
  const auto f = [](std::vector<Dim> shape) { return ops::TensorType{DType::f32, std::move(shape)}; };
  const ops::Types plain = {f({1, 4, 5, 5}), f({2, 4, 3, 3})};
  constexpr int64_t huge = std::numeric_limits<int64_t>::max(), least = std::numeric_limits<int64_t>::min();
  expect_refusal(Conv{}, {f({1, 4, 5, 5})}, "2 to 3 inputs");
  expect_refusal(Conv{}, {f({1, 4}), f({2, 4})}, "1 to 3 spatial dimensions");
  expect_refusal(Conv{}, {f({1, 4, 5}), f({2, 4, 3, 3})}, "as many dimensions");
  expect_refusal(Conv{}, {f({1, 4, 5, 5}), f({2, 3, 3, 3})}, "4 channels, w takes 3");
  expect_refusal(Conv{}, {f({1, 4, 2, 2}), f({2, 4, 3, 3})}, "larger than 2");
  expect_refusal(Conv{}, {f({1, 4, 5, 5}), f({2, 4, 0, 3})}, "no element");
  expect_refusal(Conv{}, {f({1, 4, 5, 5}), {DType::f16, {2, 4, 3, 3}}}, "one type");
  expect_refusal(Conv{}, {{DType::u8, {1, 4, 5}}, {DType::u8, {1, 4, 5}}}, "i32 and i64");
  expect_refusal(Conv{}, {f({1, 4, 5, 5}), f({2, 4, 3, 3}), f({3})}, "bias needs one value an output");
  const Conv back{{}, 1, true};
  Conv biased = back;
  parse("bias", biased.epilogue);
  expect_refusal(back, {f({1, 5, 5, 4}), f({3, 3, 3, 2})}, "4 channels, w takes 3");
  expect_refusal(back, {f({1, 5, 5, 4}), f({3, 3, 4, 2}), f({2})}, "2 inputs");
  expect_refusal(biased, {f({1, 5, 5, 4}), f({3, 3, 4, 2}), f({3})}, "does not fit the output");
  biased.channels_last = false;
  expect_refusal(biased, {f({1, 4, 5, 5}), f({2, 4, 3, 3}), f({2})}, "channels last has an epilogue");
  expect_refusal(Conv{{}, 0}, plain, "groups");
  expect_refusal(Conv{{}, least}, plain, "groups");
  expect_refusal(Conv{{}, huge}, plain, "channels");
  expect_refusal(Conv{{}, 2}, {f({1, 8, 5, 5}), f({3, 4, 3, 3})}, "3 outputs do not fall into 2 groups");
  expect_refusal(Conv{{{1}}}, plain, "one value a spatial dimension");
  expect_refusal(Conv{{{1, 0}}}, plain, "at least 1");
  expect_refusal(Conv{{{}, {least, 1}}}, plain, "at least 1");
  expect_refusal(Conv{{{}, {huge, 1}}}, plain, "larger than 5");
  expect_refusal(Conv{{{}, {}, {0, -1}, {}}}, plain, "negative");
}

}  // namespace
}  // namespace lathe::test
