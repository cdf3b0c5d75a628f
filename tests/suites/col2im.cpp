#include "ops/col2im.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::Col2Im;

TEST(SuiteCol2Im, TypesAndDimensions) {
  Random random(64);
  Suite suite("col2im", {});
  for (DType type : {DType::f32, DType::bf16, DType::f16, DType::f64, DType::i32, DType::i64, DType::u8}) {
    const auto x = [&](const Shape& shape) { return random.integer_tensor("x", type, shape, 0, 9); };
    suite.check({Col2Im{{}, {5}, {3}}, {x({2, 6, 3})}});
    suite.check({Col2Im{{{2, 1}, {1, 2}, {1, 0}, {0, 1}}, {4, 5}, {3, 2}}, {x({1, 12, 8})}});
    suite.check({Col2Im{{{1, 2, 2}}, {2, 3, 4}, {1, 2, 2}}, {x({1, 4, 4})}});
    suite.check({Col2Im{{}, {5}, {3}}, {x({0, 6, 3})}});
    suite.check({Col2Im{{}, {5}, {3}}, {x({2, 0, 3})}});
  }
  suite.check_coverage();
}

TEST(SuiteCol2Im, Numbers) {
  expect_numbers({Col2Im{{{1, 2}, {2, 1}, {1, 0}, {1, 1}}, {4, 3}, {2, 2}}, {pattern(DType::f32, {1, 4, 8}, 5, 11, 4)}},
                 {{6, 2, 0, 4, 7, 3, 2, 5, 1, -3, 4, 2}});
  // Whole numbers wrap around: 100 + 100 + 100 in 8 bits.
  expect_numbers({Col2Im{{}, {3}, {3}}, {full("x", DType::i8, {1, 3, 1}, 100)}}, {{100, 100, 100}});
  expect_numbers({Col2Im{{{}, {}, {1}, {1}}, {2}, {2}}, {full("x", DType::i8, {1, 2, 3}, 100)}}, {{-56, -56}});
}

TEST(SuiteCol2Im, SizesFromInputs) {
  const ops::Types in = {{DType::f32, {1, 4, 6}}, {DType::i64, {2}}, {DType::i64, {2}}};
  const ops::Contents known = {std::nullopt, std::vector<ops::Element>{Dim(3), Dim(4)},
                               std::vector<ops::Element>{Dim(2), Dim(2)}};
  const auto [op, count] = ops::Op(Col2Im{}).resolve(in, known);
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(to_string(op.infer({in[0]})[0]), "f32[1, 1, 3, 4]");
}

TEST(SuiteCol2Im, Refusals) {
  const ops::Types x = {{DType::f32, {1, 6, 3}}};
  constexpr int64_t huge = std::numeric_limits<int64_t>::max(), least = std::numeric_limits<int64_t>::min();
  expect_refusal(Col2Im{}, x, "1 to 3 sizes");
  expect_refusal(Col2Im{{}, {5}, {3, 1}}, x, "1 to 3 sizes");
  expect_refusal(Col2Im{{}, {-5}, {3}}, x, "negative");
  expect_refusal(Col2Im{{}, {6}, {3}}, x, "4 windows lie on the image, not 3");
  expect_refusal(Col2Im{{}, {6}, {4}}, x, "whole blocks");
  expect_refusal(Col2Im{{}, {5}, {least}}, x, "no element");
  expect_refusal(Col2Im{{}, {huge}, {huge}}, x, "too many elements");
  expect_refusal(Col2Im{{}, {5}, {3}}, {{DType::f32, {1, 1, 6, 3}}}, "takes [n, c K, l]");
  expect_refusal(Col2Im{{}, {5}, {3}}, {{DType::boolean, {1, 6, 3}}}, "numbers");
}

}  // namespace
}  // namespace lathe::test
