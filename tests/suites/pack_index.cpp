#include <gtest/gtest.h>

#include "ops/pack_index.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

TEST(SuitePackIndex, Masks) {
  Random random(36);
  Suite suite("pack_index", {});
  for (DType type : {DType::i32, DType::i64, DType::boolean, DType::f32})
    for (int64_t batch : {0, 1, 2, 5, 11})
      for (int64_t seq : {0, 1, 2, 17, 100})
        suite.check({ops::PackIndex{}, {random.mask_tensor("mask", type, batch, seq)}});
  suite.check({ops::PackIndex{}, {full("mask", DType::i32, {3, 7}, 0)}});
  suite.check({ops::PackIndex{}, {full("mask", DType::i32, {3, 7}, 5)}});
  suite.check({ops::PackIndex{}, {full("mask", DType::i32, {3, 7}, -1)}});
  suite.check_coverage();
}

}  // namespace
}  // namespace lathe::test
