#include <gtest/gtest.h>

#include "ops/reduce.h"
#include "tests/suites/harness.h"

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
    for (DType type : {DType::i32, DType::i64, DType::i8})
      suite.check({ops::Reduce{kind, {1}, false}, {random.integer_tensor("x", type, {3, 4}, -3, 3)}});
}

}  // namespace
}  // namespace lathe::test
