#include "ops/lrn.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::Lrn;

TEST(SuiteLrn, Sizes) {
  Random random(59);
  Suite suite("lrn", {});
  for (DType type : kFloats)
    for (int64_t size :
         {int64_t{1}, int64_t{2}, int64_t{3}, int64_t{5}, int64_t{100}, std::numeric_limits<int64_t>::max()}) {
      suite.check({Lrn{size, 0.5, 0.75, 2}, {random.normal_tensor("x", type, {2, 5, 3, 2})}});
      suite.check({Lrn{size}, {random.normal_tensor("x", type, {2, 7})}});
      suite.check({Lrn{size}, {random.normal_tensor("x", type, {2, 0, 3})}});
    }
  suite.check_coverage();
}

TEST(SuiteLrn, Numbers) {
  const HostTensor x = make_tensor("x", DType::f64, {1, 4, 1}, {1, 2, 3, 4});
  // Of 3 channels, one before and one behind: 1 + 4, 1 + 4 + 9, 4 + 9 + 16, 9 + 16; of 2, one behind.
  expect_numbers({Lrn{3, 3, 1, 1}, {x}}, {{1.0 / 6, 2.0 / 15, 3.0 / 30, 4.0 / 26}});
  expect_numbers({Lrn{2, 2, 0.5, 4}, {x}}, {{1 / 3.0, 2 / std::sqrt(17.0), 3 / std::sqrt(29.0), 4 / std::sqrt(20.0)}});
}

TEST(SuiteLrn, Refusals) {
  const ops::Types x = {{DType::f32, {1, 4}}};
  expect_refusal(Lrn{0}, x, "at least 1");
  expect_refusal(Lrn{std::numeric_limits<int64_t>::min()}, x, "at least 1");
  expect_refusal(Lrn{1, NAN}, x, "finite");
  expect_refusal(Lrn{1}, {{DType::f32, {4}}}, "channels");
  expect_refusal(Lrn{1}, {{DType::i32, {1, 4}}}, "floating point");
}

}  // namespace
}  // namespace lathe::test
