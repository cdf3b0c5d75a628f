#include <gtest/gtest.h>

#include "ops/rotary.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

/// Tables of any numbers, not of cosines and sines alone, with these rows and an element a pair or an element an x.
Case make_case(Random& random, DType type, DType of_table, ops::Rotary op, const Shape& x, Shape table, bool each) {
  table[table.rank() - 1] = each ? op.width : op.width / 2;
  return {op,
          {random.normal_tensor("x", type, x), random.normal_tensor("cosine", of_table, table),
           random.normal_tensor("sine", of_table, table)}};
}

constexpr Tolerance kTolerance{.f32 = 1e-6, .f64 = 1e-12};

TEST(SuiteRotary, Widths) {
  Random random(60);
  Suite suite("rotary", kTolerance);
  for (DType type : kFloats)
    for (bool interleaved : {false, true})
      for (bool each : {false, true})
        for (int64_t head_dim : {2, 3, 8, 20, 32, 34, 64, 80, 128})
          for (int64_t width : {int64_t{2}, head_dim / 2 / 2 * 2, head_dim / 2 * 2}) {
            if (width < 2) continue;
            const ops::Rotary op{3, width, interleaved};
            suite.check(make_case(random, type, DType::f32, op, {5, 3 * head_dim}, {5, 1}, each));
          }
  suite.check_coverage();
}

TEST(SuiteRotary, RowsOfTables) {
  Random random(61);
  Suite suite("rotary", kTolerance);
  for (DType type : kFloats)
    for (DType of_table : {DType::f32, type})
      for (bool interleaved : {false, true}) {
        const ops::Rotary op{2, 8, interleaved};
        for (const Shape& table : {Shape{3, 7, 1}, Shape{1, 7, 1}, Shape{1, 1, 1}})
          suite.check(make_case(random, type, of_table, op, {3, 7, 24}, table, true));
        suite.check(make_case(random, type, of_table, op, {16}, {1}, true));
        suite.check(make_case(random, type, of_table, op, {0, 7, 16}, {1, 7, 1}, false));
        suite.check(make_case(random, type, of_table, op, {2, 0, 16}, {1, 0, 1}, false));
      }
}

TEST(SuiteRotary, ManyRows) {
  Random random(62);
  Suite suite("rotary", kTolerance);
  for (DType type : {DType::f32, DType::bf16})
    suite.check(make_case(random, type, DType::f32, {4, 64, false}, {3, 65, 256}, {1, 65, 1}, true));
}

}  // namespace
}  // namespace lathe::test
