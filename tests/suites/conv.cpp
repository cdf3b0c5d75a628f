#include "ops/conv.h"

#include <gtest/gtest.h>

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
  suite.check_coverage();
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
