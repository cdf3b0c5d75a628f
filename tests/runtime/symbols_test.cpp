// What the shapes of bound inputs say of symbols, alone and together.
#include <gtest/gtest.h>

#include "tests/support/allocations.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {
using namespace test;

/// b's size says m only once a's has said n, whatever comes first.
constexpr std::string_view kSums[] = {
    "input %a: f32[n]\ninput %b: f32[n + m]\n%c.out: f32[n + m] = unary(kind=neg) (%b)\noutput c = %c.out\n"
    "output a = %a\n",
    "input %b: f32[n + m]\ninput %a: f32[n]\n%c.out: f32[n + m] = unary(kind=neg) (%b)\noutput c = %c.out\n"
    "output a = %a\n"};

TEST(RuntimeSymbols, OneSizeFollowsFromAnother) {
  const std::vector<float> a = {1, 2}, b = {3, 4, 5, 6, 7};
  for (const std::string_view text : kSums) {
    Context context = text_engine(text).context({.threads = 1});
    context.set_input("a", tensor_of(DType::f32, {2}, a));
    context.set_input("b", tensor_of(DType::f32, {5}, b));
    const Status status = context.run();
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(values_of<float>(context, "c"), (std::vector<float>{-3, -4, -5, -6, -7}));
    context.set_input("a", tensor_of(DType::f32, {2}, a));
    context.set_input("b", tensor_of(DType::f32, {1}, b));
    EXPECT_EQ(context.run().code(), ErrorCode::shape_mismatch) << "n + m is less than n";
  }
}

/// Shapes that were seen take no memory again, also where one size follows from another.
TEST(RuntimeSymbols, SeenShapesAllocateNothing) {
  if (!allocations_are_seen()) GTEST_SKIP() << "the library calls an operator new of its own here";
  const std::vector<float> a = {1, 2, 3}, b = {3, 4, 5, 6, 7};
  for (const std::string_view text : kSums) {
    Context context = text_engine(text).context({.threads = 1});
    const std::string names[] = {"a", "b"};
    const auto run = [&](int64_t n, int64_t both) {
      context.set_input(names[0], tensor_of(DType::f32, {n}, a));
      context.set_input(names[1], tensor_of(DType::f32, {both}, b));
      const int64_t before = allocations();
      EXPECT_TRUE(context.run().ok());
      return allocations() - before;
    };
    for (int i = 0; i < 3; ++i) run(2, 5), run(3, 4);
    EXPECT_EQ(run(2, 5), 0);
    EXPECT_EQ(run(3, 4), 0);
  }
}

}  // namespace
}  // namespace lathe
