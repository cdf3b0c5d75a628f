#include "ops/where.h"

#include <gtest/gtest.h>

#include <cmath>

#include "backends/reference/evaluate.h"
#include "lathe/error.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

TEST(SuiteWhere, Broadcasting) {
  Random random(43);
  Suite suite("where", {});
  const Shape shapes[][3] = {{{}, {}, {}},
                             {{5}, {}, {5}},
                             {{}, {3, 17}, {17}},
                             {{3, 1}, {3, 17}, {1}},
                             {{3, 17}, {3, 1}, {17}},
                             {{2, 1, 4}, {3, 1}, {2, 3, 4}},
                             {{0, 4}, {4}, {}},
                             {{1, 1, 6}, {2, 5, 6}, {5, 1}}};
  for (DType type : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::i16, DType::i8,
                     DType::u64, DType::u32, DType::u16, DType::u8, DType::boolean, DType::f8e4m3, DType::f8e5m2})
    for (const auto& [c, a, b] : shapes)
      suite.check({ops::Where{},
                   {random.integer_tensor("c", DType::boolean, c, 0, 1), random.integer_tensor("a", type, a, 0, 1),
                    random.integer_tensor("b", type, b, 0, 1)}});
  suite.check_coverage();
}

/// The choice that is not taken may be anything, and what is taken stays as it is.
TEST(SuiteWhere, WhatIsNotChosenDoesNotMatter) {
  const HostTensor c = make_tensor("c", DType::boolean, {4}, {1, 0, 1, 0});
  const HostTensor a = make_tensor("a", DType::f32, {4}, {1, NAN, -0.0, INFINITY});
  const HostTensor b = make_tensor("b", DType::f32, {4}, {NAN, 2, INFINITY, -1e30});
  const auto of = [](const HostTensor& t) { return backends::reference::Tensor{t.dtype, t.shape, t.data}; };
  const auto y = backends::reference::evaluate(ops::Where{}, std::vector{of(c), of(a), of(b)})[0];
  const std::vector<double> values = to_doubles({"y", y.dtype, y.shape, y.data});
  EXPECT_EQ(values[0], 1);
  EXPECT_EQ(values[1], 2);
  EXPECT_TRUE(values[2] == 0 && std::signbit(values[2]));
  EXPECT_EQ(values[3], static_cast<double>(-1e30f));
}

TEST(SuiteWhere, TypesThatDoNotFit) {
  const ops::TensorType f32{DType::f32, {Dim(3)}}, i32{DType::i32, {Dim(3)}}, flag{DType::boolean, {Dim(3)}};
  const auto refused = [](const ops::Types& types) {
    try {
      ops::Op(ops::Where{}).infer(types);
    } catch (const Error& error) {
      return error.code() == ErrorCode::shape_mismatch;
    }
    return false;
  };
  EXPECT_TRUE(refused({i32, f32, f32}));
  EXPECT_TRUE(refused({flag, f32, i32}));
  EXPECT_TRUE(refused({flag, f32, {DType::f32, {Dim(2)}}}));
  EXPECT_FALSE(refused({flag, f32, f32}));
}

}  // namespace
}  // namespace lathe::test
