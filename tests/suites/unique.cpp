#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "ops/unique.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::Unique;

TEST(SuiteUnique, ShapesAndTypes) {
  Random random(71);
  Suite suite("unique", {});
  for (DType type : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::i8, DType::u64,
                     DType::u8, DType::boolean})
    for (bool sorted : {false, true}) {
      const auto x = [&](const Shape& shape) { return random.integer_tensor("x", type, shape, 0, 3); };
      for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{17}, Shape{3, 0}, Shape{5, 4}, Shape{2, 3, 4}})
        suite.check({Unique{false, 0, sorted}, {x(shape)}});
      for (int64_t axis : {0, 1, 2, -1}) {
        suite.check({Unique{true, axis, sorted}, {x({5, 4, 1})}});
        suite.check({Unique{true, axis, sorted, "found"}, {x({2, 3, 9})}});
      }
      suite.check({Unique{true, 1, sorted}, {x({0, 3})}});
      suite.check({Unique{true, 0, sorted}, {x({0, 3})}});
    }
  suite.check_coverage();
}

void expect_unique(const Unique& op, const HostTensor& x,
                   const std::vector<std::pair<Shape, std::vector<double>>>& all) {
  SCOPED_TRACE(ops::Op(op).str());
  const std::vector<HostTensor> y = computed(op, {x});
  ASSERT_EQ(y.size(), 4u);
  for (size_t i = 0; i < 4; ++i) expect_numbers(y[i], all[i].first, all[i].second);
}

TEST(SuiteUnique, Numbers) {
  // The examples of the ONNX page.
  const HostTensor x = make_tensor("x", DType::f32, {6}, {2, 1, 1, 3, 4, 3});
  expect_unique(Unique{false, 0, false}, x,
                {{{4}, {2, 1, 3, 4}}, {{4}, {0, 1, 3, 4}}, {{6}, {0, 1, 1, 2, 3, 2}}, {{4}, {1, 2, 2, 1}}});
  expect_unique(Unique{}, x,
                {{{4}, {1, 2, 3, 4}}, {{4}, {1, 0, 3, 4}}, {{6}, {1, 0, 0, 2, 3, 2}}, {{4}, {2, 1, 2, 1}}});
  expect_unique(Unique{true, 0}, make_tensor("x", DType::f32, {3, 3}, {1, 0, 0, 1, 0, 0, 2, 3, 4}),
                {{{2, 3}, {1, 0, 0, 2, 3, 4}}, {{2}, {0, 2}}, {{3}, {0, 0, 1}}, {{2}, {2, 1}}});
  expect_unique(
      Unique{true, 1}, make_tensor("x", DType::f32, {2, 4, 2}, {1, 1, 0, 1, 2, 1, 0, 1, 1, 1, 0, 1, 2, 1, 0, 1}),
      {{{2, 3, 2}, {0, 1, 1, 1, 2, 1, 0, 1, 1, 1, 2, 1}}, {{3}, {1, 0, 2}}, {{4}, {1, 0, 2, 0}}, {{3}, {2, 1, 1}}});
  const double nan = std::nan("");
  expect_unique(Unique{}, make_tensor("x", DType::f32, {5}, {nan, 0, -0.0, nan, -1}),
                {{{3}, {-1, 0, nan}}, {{3}, {4, 1, 0}}, {{5}, {2, 1, 1, 2, 0}}, {{3}, {1, 2, 2}}});
}

TEST(SuiteUnique, WhatIsRefused) {
  EXPECT_TRUE(is_refused(Unique{true, 2}, {type_of("f32[2, 3]")}));
  EXPECT_TRUE(is_refused(Unique{true, 0}, {type_of("f32[]")}));
  EXPECT_TRUE(is_refused(Unique{false, 0, true, "a*b"}, {type_of("f32[2]")}));
  EXPECT_FALSE(is_refused(Unique{false, INT64_MIN}, {type_of("f32[n, m]")}));
}

}  // namespace
}  // namespace lathe::test
