#include "ops/assert.h"

#include <gtest/gtest.h>

#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::Assert;

TEST(SuiteAssert, WhatHolds) {
  Suite suite("assert", {});
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{5}, Shape{2, 3, 4}}) {
    suite.check({Assert{}, {full("x", DType::boolean, shape, 1)}});
    expect_numbers({Assert{"x is positive"}, {full("x", DType::boolean, shape, 1)}},
                   {std::vector<double>(static_cast<size_t>(shape.count()), 1)});
  }
  suite.check_coverage();
}

TEST(SuiteAssert, WhatDoesNot) {
  Suite suite("assert", {});
  suite.check_fault({Assert{}, {full("x", DType::boolean, {}, 0)}}, ErrorCode::out_of_range);
  suite.check_fault({Assert{"odd {} text"}, {make_tensor("x", DType::boolean, {2, 2}, {1, 1, 1, 0})}},
                    ErrorCode::out_of_range);
  EXPECT_TRUE(ops::Op(Assert{}).traits().effect);
}

TEST(SuiteAssert, Refusals) {
  expect_refusal(Assert{}, {{DType::i32, {}}}, "booleans");
  expect_refusal(Assert{}, {}, "1 inputs");
}

}  // namespace
}  // namespace lathe::test
