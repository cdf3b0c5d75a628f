#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "ops/compare.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::CompareKind;

constexpr CompareKind kKinds[] = {CompareKind::equal,      CompareKind::not_equal, CompareKind::less,
                                  CompareKind::less_equal, CompareKind::greater,   CompareKind::greater_equal};

TEST(SuiteCompare, Broadcasting) {
  Random random(51);
  Suite suite("compare", {});
  const std::pair<Shape, Shape> shapes[] = {{{}, {}},
                                            {{5}, {}},
                                            {{3, 300}, {300}},
                                            {{3, 1}, {1, 4}},
                                            {{2, 1, 4}, {3, 1}},
                                            {{0, 4}, {4}},
                                            {{2, 3, 4}, {2, 1, 4}}};
  for (CompareKind kind : kKinds)
    for (DType type : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::i16, DType::i8,
                       DType::u64, DType::u32, DType::u16, DType::u8, DType::boolean}) {
      if (type == DType::boolean && kind > CompareKind::not_equal) continue;
      const int64_t low = type >= DType::u64 ? 0 : -2, high = type == DType::boolean ? 1 : 2;
      for (const auto& [a, b] : shapes)
        suite.check({ops::Compare{kind},
                     {random.integer_tensor("a", type, a, low, high), random.integer_tensor("b", type, b, low, high)}});
    }
  suite.check_coverage();
}

TEST(SuiteCompare, Numbers) {
  const double nan = std::nan("");
  const HostTensor a = make_tensor("a", DType::f32, {5}, {1, 2, 3, nan, -0.0}),
                   b = make_tensor("b", DType::f32, {5}, {2, 2, 2, nan, 0});
  expect_result(ops::Compare{CompareKind::equal}, {a, b}, {5}, {0, 1, 0, 0, 1});
  expect_result(ops::Compare{CompareKind::not_equal}, {a, b}, {5}, {1, 0, 1, 1, 0});
  expect_result(ops::Compare{CompareKind::less}, {a, b}, {5}, {1, 0, 0, 0, 0});
  expect_result(ops::Compare{CompareKind::less_equal}, {a, b}, {5}, {1, 1, 0, 0, 1});
  expect_result(ops::Compare{CompareKind::greater}, {a, b}, {5}, {0, 0, 1, 0, 0});
  expect_result(ops::Compare{CompareKind::greater_equal}, {a, b}, {5}, {0, 1, 1, 0, 1});
  // Neighbours that are one double, and numbers beyond the signed ones.
  const int64_t large = 9007199254740992;
  expect_result(ops::Compare{CompareKind::less}, {whole_tensor({large, -1}), whole_tensor({large + 1, 1})}, {2},
                {1, 1});
  expect_result(ops::Compare{CompareKind::less},
                {whole_tensor({large, -1}, DType::u64), whole_tensor({large + 1, 1}, DType::u64)}, {2}, {1, 0});
}

TEST(SuiteCompare, TypesThatDoNotFit) {
  EXPECT_TRUE(is_refused(ops::Compare{}, {type_of("f32[2]"), type_of("i32[2]")}));
  EXPECT_TRUE(is_refused(ops::Compare{CompareKind::less}, {type_of("bool[2]"), type_of("bool[2]")}));
  EXPECT_TRUE(is_refused(ops::Compare{}, {type_of("f32[2]"), type_of("f32[3]")}));
  EXPECT_FALSE(is_refused(ops::Compare{}, {type_of("bool[n]"), type_of("bool[]")}));
}

}  // namespace
}  // namespace lathe::test
