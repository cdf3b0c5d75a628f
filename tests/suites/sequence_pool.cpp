#include <gtest/gtest.h>

#include <cmath>

#include "ops/sequence_pool.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

using ops::PoolMode;

TEST(SuiteSequencePool, Modes) {
  Random random(37);
  Suite suite("sequence_pool", {});
  for (PoolMode mode :
       {PoolMode::first, PoolMode::last, PoolMode::mean, PoolMode::mean_sqrt, PoolMode::max, PoolMode::weighted_mean})
    for (DType type : kFloats)
      for (int64_t width : kWidths) {
        suite.check(
            {ops::SequencePool{mode, false},
             {random.normal_tensor("x", type, {5, 9, width}, 0.5), random.mask_tensor("mask", DType::i32, 5, 9)}});
        suite.check({ops::SequencePool{mode, true},
                     {random.normal_tensor("x", type, {23, width}, 0.5), random.cu_seqlens_tensor("cu", 5, 23)}});
      }
  for (DType type : kFloats)
    for (int64_t width : kWidths)
      suite.check({ops::SequencePool{PoolMode::keep, true},
                   {random.normal_tensor("x", type, {5, width}), random.cu_seqlens_tensor("cu", 5, 23)}});
  suite.check_coverage();
}

TEST(SuiteSequencePool, EmptySequencesGiveZeros) {
  // Whatever the rows hold: NaN times zero would not be zero.
  Suite suite("sequence_pool", {});
  HostTensor bounds = make_tensor("cu", DType::i32, {5}, {0, 0, 2, 2, 2});
  for (DType type : kFloats) {
    HostTensor x = make_tensor("x", type, {4, 3}, {NAN, NAN, NAN, 1, 2, 3, INFINITY, 0, 1, NAN, 0, 1});
    suite.check({ops::SequencePool{PoolMode::keep, true}, {x, bounds}});
  }
}

TEST(SuiteSequencePool, NaNStaysTheGreatest) {
  Suite suite("sequence_pool", {});
  HostTensor bounds = make_tensor("cu", DType::i32, {3}, {0, 2, 4});
  for (DType type : kFloats)
    for (PoolMode mode : {PoolMode::max, PoolMode::mean}) {
      HostTensor x = make_tensor("x", type, {4, 3}, {NAN, 5, 6, 1, 2, 3, 1, 0, 1, 2, NAN, 1});
      suite.check({ops::SequencePool{mode, true}, {x, bounds}});
    }
}

TEST(SuiteSequencePool, NoTokens) {
  Random random(38);
  Suite suite("sequence_pool", {});
  for (PoolMode mode : {PoolMode::first, PoolMode::max, PoolMode::mean, PoolMode::weighted_mean})
    for (DType type : kFloats) {
      suite.check({ops::SequencePool{mode, true},
                   {random.normal_tensor("x", type, {0, 8}), random.cu_seqlens_tensor("cu", 3, 0)}});
      suite.check(
          {ops::SequencePool{mode, true}, {random.normal_tensor("x", type, {0, 8}), full("cu", DType::i32, {1}, 0)}});
      suite.check({ops::SequencePool{mode, false},
                   {random.normal_tensor("x", type, {2, 0, 8}), random.mask_tensor("mask", DType::i32, 2, 0)}});
    }
}

}  // namespace
}  // namespace lathe::test
