#include <gtest/gtest.h>

#include "ops/cumulate.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

constexpr DType kNumbers[] = {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32,
                              DType::i16, DType::i8,  DType::u64, DType::u32,  DType::u16, DType::u8};

using ops::Cumulate;
using ops::CumulateKind;

TEST(SuiteCumulate, AxesAndTypes) {
  Random random(62);
  Suite suite("cumulate", {});
  for (CumulateKind kind : {CumulateKind::sum, CumulateKind::prod})
    for (bool exclusive : {false, true})
      for (bool reverse : {false, true}) {
        for (DType type : kNumbers)
          for (int64_t axis : {0, 1, -1})
            suite.check(
                {Cumulate{kind, axis, exclusive, reverse}, {random.integer_tensor("x", type, {3, 4, 5}, 1, 3)}});
        suite.check({Cumulate{kind, 1, exclusive, reverse}, {random.normal_tensor("x", DType::f32, {3, 0})}});
        suite.check({Cumulate{kind, 0, exclusive, reverse}, {random.normal_tensor("x", DType::f32, {300})}});
      }
  suite.check_coverage();
}

TEST(SuiteCumulate, Numbers) {
  const HostTensor x = make_tensor("x", DType::f32, {2, 3}, {1, 2, 3, 4, 5, 6});
  const auto sum = CumulateKind::sum, prod = CumulateKind::prod;
  expect_result(Cumulate{sum, 1, false, false}, {x}, {2, 3}, {1, 3, 6, 4, 9, 15});
  expect_result(Cumulate{sum, 1, true, false}, {x}, {2, 3}, {0, 1, 3, 0, 4, 9});
  expect_result(Cumulate{sum, 1, false, true}, {x}, {2, 3}, {6, 5, 3, 15, 11, 6});
  expect_result(Cumulate{sum, 1, true, true}, {x}, {2, 3}, {5, 3, 0, 11, 6, 0});
  expect_result(Cumulate{sum, 0, false, false}, {x}, {2, 3}, {1, 2, 3, 5, 7, 9});
  expect_result(Cumulate{prod, -1, false, false}, {x}, {2, 3}, {1, 2, 6, 4, 20, 120});
  expect_result(Cumulate{prod, -1, true, true}, {x}, {2, 3}, {6, 3, 1, 30, 6, 1});
  expect_result(Cumulate{sum, 0}, {make_tensor("x", DType::i8, {3}, {100, 100, 100})}, {3}, {100, -56, 44});
  const int64_t large = 9007199254740993;
  EXPECT_EQ(whole_numbers(computed(Cumulate{sum, 0}, {whole_tensor({large, 1})})[0]),
            (std::vector<int64_t>{large, large + 1}));
}

TEST(SuiteCumulate, TheAxisMayComeAsAnInput) {
  const ops::Types types = {type_of("f32[2, 3]"), type_of("i64[]")};
  const auto [op, inputs] = ops::Op(Cumulate{}).resolve(types, {std::nullopt, std::vector<ops::Element>{Dim(-1)}});
  EXPECT_EQ(inputs, 1u);
  EXPECT_EQ(op.as<Cumulate>()->axis, -1);
  EXPECT_THROW(ops::Op(Cumulate{}).resolve(types, {}), Error);
  EXPECT_TRUE(is_refused(Cumulate{CumulateKind::sum, 2}, {type_of("f32[2, 3]")}));
  EXPECT_TRUE(is_refused(Cumulate{}, {type_of("bool[2]")}));
}

}  // namespace
}  // namespace lathe::test
