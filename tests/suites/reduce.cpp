#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "ops/reduce.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::ReduceKind;

constexpr ReduceKind kKinds[] = {ReduceKind::sum, ReduceKind::mean, ReduceKind::max, ReduceKind::min, ReduceKind::prod};

TEST(SuiteReduce, AxesOfFloats) {
  Random random(12);
  Suite suite("reduce", {});
  for (ReduceKind kind : kKinds)
    for (DType type : kFloats)
      for (bool keep : {false, true}) {
        for (const std::vector<int64_t>& axes :
             std::vector<std::vector<int64_t>>{{}, {0}, {1}, {-1}, {0, 2}, {0, 1, 2}, {1, -1}})
          suite.check({ops::Reduce{kind, axes, keep}, {random.normal_tensor("x", type, {3, 4, 5}, 1, 0.3)}});
        suite.check({ops::Reduce{kind, {-1}, keep}, {random.normal_tensor("x", type, {0, 5})}});
      }
  suite.check_coverage();
}

TEST(SuiteReduce, Rows) {
  Random random(13);
  Suite suite("reduce", {});
  for (ReduceKind kind : {ReduceKind::sum, ReduceKind::mean, ReduceKind::max, ReduceKind::min})
    for (DType type : kFloats)
      for (int64_t width : kWidths)
        suite.check({ops::Reduce{kind, {-1}, true}, {random.normal_tensor("x", type, {4, width}, 2)}});
}

TEST(SuiteReduce, WholeNumbers) {
  Random random(14);
  Suite suite("reduce", {});
  for (ReduceKind kind : kKinds)
    for (DType type : {DType::i64, DType::i32, DType::i16, DType::i8, DType::u64, DType::u32, DType::u16, DType::u8}) {
      const int64_t low = type >= DType::u64 ? 0 : -3;
      suite.check({ops::Reduce{kind, {1}, false}, {random.integer_tensor("x", type, {3, 4}, low, 3)}});
      suite.check({ops::Reduce{kind, {0, 1}, true}, {random.integer_tensor("x", type, {3, 0}, low, 3)}});
    }
  for (ReduceKind kind : {ReduceKind::max, ReduceKind::min})
    suite.check({ops::Reduce{kind, {1}, false}, {random.integer_tensor("x", DType::boolean, {3, 4, 2}, 0, 1)}});
}

TEST(SuiteReduce, OfNothing) {
  const auto of = [](ReduceKind kind, DType type) {
    return to_doubles(computed(ops::Reduce{kind, {0}, false}, {make_tensor("x", type, {0}, {})})[0])[0];
  };
  for (DType type : {DType::f32, DType::f16, DType::bf16, DType::f64, DType::i8, DType::u64}) {
    EXPECT_EQ(of(ReduceKind::sum, type), 0);
    EXPECT_EQ(of(ReduceKind::prod, type), 1);
  }
  for (DType type : {DType::f32, DType::f16, DType::bf16, DType::f64}) {
    EXPECT_EQ(of(ReduceKind::max, type), -HUGE_VAL);
    EXPECT_EQ(of(ReduceKind::min, type), HUGE_VAL);
    EXPECT_TRUE(std::isnan(of(ReduceKind::mean, type)));
  }
  const std::tuple<DType, double, double> ends[] = {
      {DType::i8, -128, 127}, {DType::i16, -32768, 32767},   {DType::i32, -2147483648.0, 2147483647},
      {DType::u8, 0, 255},    {DType::u16, 0, 65535},        {DType::u32, 0, 4294967295},
      {DType::boolean, 0, 1}, {DType::i64, -0x1p63, 0x1p63}, {DType::u64, 0, 0x1p64}};
  for (const auto& [type, low, high] : ends) {
    EXPECT_EQ(of(ReduceKind::max, type), low) << to_string(type);
    EXPECT_EQ(of(ReduceKind::min, type), high) << to_string(type);
  }
  EXPECT_EQ(of(ReduceKind::mean, DType::i32), 0);
}

TEST(SuiteReduce, Numbers) {
  const auto of = [](ReduceKind kind, const std::vector<int64_t>& x, DType type) {
    return whole_numbers(computed(ops::Reduce{kind, {0}, false}, {whole_tensor(x, type)})[0])[0];
  };
  const int64_t large = 9007199254740993;
  EXPECT_EQ(of(ReduceKind::sum, {large, 1, 1}, DType::i64), large + 2);
  EXPECT_EQ(of(ReduceKind::prod, {large, 3}, DType::i64), 3 * large);
  EXPECT_EQ(of(ReduceKind::max, {-1, 5}, DType::u64), -1);
  EXPECT_EQ(of(ReduceKind::min, {-1, 5}, DType::u64), 5);
  EXPECT_EQ(of(ReduceKind::max, {-1, 5}, DType::i64), 5);
  EXPECT_EQ(of(ReduceKind::mean, {-3, -4}, DType::i64), -3);
  EXPECT_EQ(of(ReduceKind::mean, {-2, 0}, DType::u64), INT64_MAX);
  const HostTensor flags = make_tensor("x", DType::boolean, {2, 3}, {0, 1, 0, 1, 1, 1});
  expect_result(ops::Reduce{ReduceKind::max, {1}, false}, {flags}, {2}, {1, 1});
  expect_result(ops::Reduce{ReduceKind::min, {1}, false}, {flags}, {2}, {0, 1});
  expect_result(ops::Reduce{ReduceKind::max, {}, false}, {flags}, {2, 3}, {0, 1, 0, 1, 1, 1});
  const HostTensor x = make_tensor("x", DType::f32, {2, 3}, {1, std::nan(""), 3, 4, 2, 6});
  expect_result(ops::Reduce{ReduceKind::max, {1}, false}, {x}, {2}, {std::nan(""), 6});
  expect_result(ops::Reduce{ReduceKind::min, {1}, true}, {x}, {2, 1}, {std::nan(""), 2});
  for (ReduceKind kind : {ReduceKind::sum, ReduceKind::mean, ReduceKind::prod})
    EXPECT_TRUE(is_refused(ops::Reduce{kind, {0}, false}, {type_of("bool[2]")}));
  for (int64_t axis : {int64_t{2}, int64_t{-3}, INT64_MIN, INT64_MAX})
    EXPECT_TRUE(is_refused(ops::Reduce{ReduceKind::sum, {axis}, false}, {type_of("f32[2, 3]")}));
}

}  // namespace
}  // namespace lathe::test
