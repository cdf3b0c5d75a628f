// What a plan makes of positions that a mask hides: exact unless the caller lets them be dropped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/compile.h"
#include "ir/parse.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kAttention =
    "network general\ninput %x: f32[batch, seq, 4]\ninput %kept: i32[batch, seq]\n"
    "%y.out: f32[batch, seq, 4] = attention(heads=2, mask=keys) (%x, %x, %x, %kept)\noutput y = %y.out\n";

bool packs(const plan::Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(),
                     [](const plan::Step& step) { return step.op.name() == "pack_index"; });
}

/// A query whose position the mask hides has keys all the same: here, both rows are the mean of the one value kept.
TEST(CompilerPadding, HiddenRowsOfAGeneralNetworkAreComputed) {
  const plan::Plan plan = test::text_plan(kAttention);
  EXPECT_FALSE(packs(plan));
  const auto record = std::find_if(plan.passes.begin(), plan.passes.end(),
                                   [](const plan::PassLine& line) { return line.pass == "pack_tokens"; });
  ASSERT_NE(record, plan.passes.end());
  EXPECT_THAT(record->reports, Contains(HasSubstr("output y shows its hidden rows")));

  const std::vector<float> x = {1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<int32_t> kept = {0, 3};
  const Engine engine = test::engine_of(plan);
  Context context = engine.context();
  context.set_input("x", test::tensor_of(DType::f32, {1, 2, 4}, x));
  context.set_input("kept", test::tensor_of(DType::i32, {1, 2}, kept));
  ASSERT_TRUE(context.run().ok());
  EXPECT_THAT(test::values_of<float>(context, "y"), ElementsAre(5, 6, 7, 8, 5, 6, 7, 8));
}

TEST(CompilerPadding, IsDroppedWhereTheCallerSaysSo) {
  compiler::CompileOptions options;
  options.padding = passes::Padding::dropped;
  EXPECT_TRUE(packs(compiler::compile(ir::parse(kAttention), options)));
}

}  // namespace
}  // namespace lathe
