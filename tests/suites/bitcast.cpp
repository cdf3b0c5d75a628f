#include <gtest/gtest.h>

#include <cmath>

#include "ops/bitcast.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::Bitcast;

TEST(SuiteBitcast, TypesOfOneWidth) {
  Random random(64);
  Suite suite("bitcast", {});
  const std::vector<std::vector<DType>> widths = {{DType::i64, DType::u64},
                                                  {DType::i32, DType::u32},
                                                  {DType::i16, DType::u16},
                                                  {DType::i8, DType::u8, DType::f8e4m3, DType::f8e5m2}};
  for (const std::vector<DType>& types : widths)
    for (DType from : types)
      for (DType to : types)
        for (const Shape& shape : {Shape{}, Shape{0}, Shape{3, 300}})
          suite.check({Bitcast{to}, {random.integer_tensor("x", from, shape, 0, 100)}});
  suite.check({Bitcast{DType::i64}, {random.normal_tensor("x", DType::f64, {5, 7})}});
  suite.check_coverage();
}

TEST(SuiteBitcast, Numbers) {
  expect_result(Bitcast{DType::u32}, {make_tensor("x", DType::f32, {3}, {1, -2, 0})}, {3}, {0x3f800000, 0xc0000000, 0});
  expect_result(Bitcast{DType::f16}, {make_tensor("x", DType::u16, {2}, {0x3c00, 0xfc00})}, {2}, {1, -HUGE_VAL});
  expect_result(Bitcast{DType::bf16}, {make_tensor("x", DType::i16, {1}, {0x3f80})}, {1}, {1});
  expect_result(Bitcast{DType::u8}, {make_tensor("x", DType::boolean, {2}, {1, 0})}, {2}, {1, 0});
}

TEST(SuiteBitcast, OtherWidths) {
  EXPECT_TRUE(is_refused(Bitcast{DType::f64}, {type_of("f32[2]")}));
  EXPECT_TRUE(is_refused(Bitcast{DType::boolean}, {type_of("u8[2]")}));
  EXPECT_TRUE(is_refused(Bitcast{DType::u8}, {type_of("u4[2]")}));
}

}  // namespace
}  // namespace lathe::test
