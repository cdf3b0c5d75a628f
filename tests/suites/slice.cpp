#include <gtest/gtest.h>

#include "ops/slice.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

TEST(SuiteSlice, StartsSizesStrides) {
  Random random(16);
  Suite suite("slice", {});
  for (DType type : {DType::f32, DType::bf16, DType::i64, DType::boolean}) {
    HostTensor x = random.integer_tensor("x", type, {4, 5, 6}, 0, 1);
    suite.check({ops::Slice{{0, 0, 0}, {4, 5, 6}, {}}, {x}});
    suite.check({ops::Slice{{1, 2, 3}, {2, 3, 3}, {}}, {x}});
    suite.check({ops::Slice{{0, 0, 5}, {4, 5, 1}, {}}, {x}});
    suite.check({ops::Slice{{0, 1, 0}, {2, 2, 3}, {2, 3, 2}}, {x}});
    suite.check({ops::Slice{{3, 4, 5}, {4, 5, 6}, {-1, -1, -1}}, {x}});
    suite.check({ops::Slice{{0, 0, 0}, {4, 0, 6}, {}}, {x}});
    suite.check({ops::Slice{{0, 0, 2}, {4, 5, 1}, {1, 1, INT64_MIN}}, {x}});
    suite.check({ops::Slice{{}, {}, {}}, {random.integer_tensor("x", type, {}, 0, 1)}});
    // The three parts of one product of queries, keys and values.
    HostTensor joined = random.integer_tensor("x", type, {7, 51}, 0, 1);
    for (int64_t part : {0, 17, 34}) suite.check({ops::Slice{{0, part}, {7, 17}, {}}, {joined}});
  }
  suite.check_coverage();
}

}  // namespace
}  // namespace lathe::test
