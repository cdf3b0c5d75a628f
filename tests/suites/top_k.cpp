#include <gtest/gtest.h>

#include <cmath>

#include "ops/top_k.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

constexpr DType kNumbers[] = {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32,
                              DType::i16, DType::i8,  DType::u64, DType::u32,  DType::u16, DType::u8};

using ops::TopK;

TEST(SuiteTopK, AxesAndTypes) {
  Random random(63);
  Suite suite("top_k", {});
  for (bool largest : {false, true})
    for (bool sorted : {false, true}) {
      for (DType type : kNumbers)
        for (int64_t axis : {0, 1, 2, -1})
          for (int64_t k : {0, 1, 3})
            suite.check({TopK{k, axis, largest, sorted}, {random.integer_tensor("x", type, {3, 4, 5}, 0, 5)}});
      suite.check({TopK{17, 0, largest, sorted}, {random.normal_tensor("x", DType::f32, {300})}});
      suite.check({TopK{2, -1, largest, sorted}, {random.normal_tensor("x", DType::f32, {0, 4})}});
      suite.check({TopK{0, -1, largest, sorted}, {random.normal_tensor("x", DType::f32, {2, 0})}});
    }
  suite.check_coverage();
}

void expect_top(const TopK& op, const HostTensor& x, const Shape& shape, const std::vector<double>& values,
                const std::vector<double>& indices) {
  SCOPED_TRACE(ops::Op(op).str());
  const std::vector<HostTensor> y = computed(op, {x});
  ASSERT_EQ(y.size(), 2u);
  expect_numbers(y[0], shape, values);
  expect_numbers(y[1], shape, indices);
}

TEST(SuiteTopK, Numbers) {
  const double nan = std::nan("");
  const HostTensor x = make_tensor("x", DType::f32, {2, 4}, {3, 1, 3, 2, 5, nan, -1, nan});
  expect_top(TopK{3, 1, true, true}, x, {2, 3}, {3, 3, 2, nan, nan, 5}, {0, 2, 3, 1, 3, 0});
  expect_top(TopK{3, -1, false, true}, x, {2, 3}, {1, 2, 3, -1, 5, nan}, {1, 3, 0, 2, 0, 1});
  expect_top(TopK{1, 0, true, true}, x, {1, 4}, {5, nan, 3, nan}, {1, 1, 0, 1});
  const int64_t large = 9007199254740992;
  EXPECT_EQ(whole_numbers(computed(TopK{2, 0}, {whole_tensor({large, large + 1, -1})})[1]),
            (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(whole_numbers(computed(TopK{2, 0}, {whole_tensor({large, large + 1, -1}, DType::u64)})[1]),
            (std::vector<int64_t>{2, 1}));
}

TEST(SuiteTopK, SizesThatDoNotFit) {
  const ops::TensorType x = type_of("f32[n, 4]");
  for (int64_t k : {int64_t{5}, int64_t{-1}, INT64_MIN, INT64_MAX}) EXPECT_TRUE(is_refused(TopK{k, 1}, {x}));
  EXPECT_FALSE(is_refused(TopK{5, 0}, {x}));
  EXPECT_TRUE(is_refused(TopK{Dim::symbol("n") + Dim(1), 0}, {x}));
  EXPECT_TRUE(is_refused(TopK{1, 2}, {x}));
  EXPECT_TRUE(is_refused(TopK{1, 0}, {type_of("f32[]")}));
}

TEST(SuiteTopK, KMayComeAsAnInput) {
  const ops::Types types = {type_of("f32[2, n]"), type_of("i64[1]")};
  const ops::Contents known = {std::nullopt, std::vector<ops::Element>{Dim::symbol("n")}};
  const auto [op, inputs] = ops::Op(TopK{}).resolve(types, known);
  EXPECT_EQ(inputs, 1u);
  EXPECT_EQ(op.as<TopK>()->k, Dim::symbol("n"));
  EXPECT_THROW(ops::Op(TopK{2}).resolve(types, known), Error);
  EXPECT_THROW(ops::Op(TopK{}).resolve(types, {}), Error);
}

}  // namespace
}  // namespace lathe::test
