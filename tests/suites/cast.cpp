#include <gtest/gtest.h>

#include "ops/cast.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

constexpr DType kAll[] = {DType::f64, DType::f32, DType::f16,     DType::bf16,   DType::i64,
                          DType::i32, DType::i16, DType::i8,      DType::u64,    DType::u32,
                          DType::u16, DType::u8,  DType::boolean, DType::f8e4m3, DType::f8e5m2};

TEST(SuiteCast, EveryPair) {
  Random random(5);
  Suite suite("cast", {});
  for (DType from : kAll)
    for (DType to : kAll) {
      suite.check({ops::Cast{to}, {random.integer_tensor("x", from, {3, 19}, 0, from == DType::boolean ? 1 : 100)}});
      suite.check({ops::Cast{to}, {random.integer_tensor("x", from, {0}, 0, 1)}});
    }
  suite.check_coverage();
}

TEST(SuiteCast, FloatsRoundToNearestEven) {
  Random random(6);
  Suite suite("cast", {.f32 = 6e-8});
  for (DType from : kFloats)
    for (DType to : kFloats)
      for (int64_t width : kWidths) suite.check({ops::Cast{to}, {random.normal_tensor("x", from, {3, width})}});
  // Between two neighbours in bfloat16 the even one is nearer by rule: 1 + 1/256 -> 1, 1 + 3/256 -> 1 + 1/64.
  suite.check({ops::Cast{DType::bf16}, {make_tensor("x", DType::f32, {2}, {1.00390625, 1.01171875})}});
}

TEST(SuiteCast, FloatsToWholeNumbersTruncate) {
  Suite suite("cast", {});
  for (DType from : kFloats)
    for (DType to : {DType::i64, DType::i32, DType::i8, DType::boolean})
      suite.check({ops::Cast{to}, {make_tensor("x", from, {6}, {-1.75, -0.5, 0, 0.5, 1.75, 100})}});
}

}  // namespace
}  // namespace lathe::test
