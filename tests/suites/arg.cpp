#include <gtest/gtest.h>

#include <cmath>

#include "ops/arg.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

constexpr DType kNumbers[] = {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32,
                              DType::i16, DType::i8,  DType::u64, DType::u32,  DType::u16, DType::u8};

using ops::Arg;
using ops::ArgKind;

TEST(SuiteArg, AxesAndTypes) {
  Random random(61);
  Suite suite("arg", {});
  for (ArgKind kind : {ArgKind::max, ArgKind::min})
    for (bool last : {false, true})
      for (bool keep : {false, true}) {
        for (DType type : kNumbers)
          for (int64_t axis : {0, 1, 2, -1})
            suite.check({Arg{kind, axis, keep, last}, {random.integer_tensor("x", type, {3, 4, 5}, 0, 3)}});
        suite.check({Arg{kind, 0, keep, last}, {random.integer_tensor("x", DType::boolean, {7, 2}, 0, 1)}});
        suite.check({Arg{kind, -1, keep, last}, {random.normal_tensor("x", DType::f32, {0, 5})}});
        suite.check({Arg{kind, 1, keep, last}, {random.normal_tensor("x", DType::f32, {0, 0})}});
      }
  suite.check_coverage();
}

TEST(SuiteArg, Numbers) {
  const double nan = std::nan("");
  const HostTensor x = make_tensor("x", DType::f32, {3, 4}, {1, 5, 5, 0, 2, nan, 9, nan, 0, -0.0, 0, -1});
  expect_result(Arg{ArgKind::max, 1, false, false}, {x}, {3}, {1, 1, 0});
  expect_result(Arg{ArgKind::max, 1, false, true}, {x}, {3}, {2, 3, 2});
  expect_result(Arg{ArgKind::min, -1, true, false}, {x}, {3, 1}, {3, 1, 3});
  expect_result(Arg{ArgKind::min, 0, false, true}, {x}, {4}, {2, 1, 2, 1});
  const int64_t large = 9007199254740992;
  expect_result(Arg{ArgKind::max, 0, false, false}, {whole_tensor({large, large + 1, -1})}, {}, {1});
  expect_result(Arg{ArgKind::max, 0, false, false}, {whole_tensor({large, large + 1, -1}, DType::u64)}, {}, {2});
}

TEST(SuiteArg, WhatIsRefused) {
  Suite suite("arg", {});
  suite.check_fault({Arg{ArgKind::max, 1}, {full("x", DType::f32, {2, 0}, 0)}}, ErrorCode::out_of_range);
  for (int64_t axis : {int64_t{2}, int64_t{-3}, INT64_MIN, INT64_MAX})
    EXPECT_TRUE(is_refused(Arg{ArgKind::max, axis}, {type_of("f32[2, 3]")}));
  EXPECT_TRUE(is_refused(Arg{}, {type_of("f32[]")}));
}

}  // namespace
}  // namespace lathe::test
