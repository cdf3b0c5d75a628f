// Plan files that lie about inputs whose elements are sizes.
#include "plan/file.h"
#include "tests/errors/plan_fixture.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {

constexpr std::string_view kText =
    "input %x: f32[n, 4]\n"
    "input %sizes: i64[2] elements [$sizes.0, sizes.1]\n"
    "size folds = max($sizes.0, 0) by fold\n"
    "%fold.out: f32[folds, sizes.1] = reshape(shape=[folds, sizes.1]) (%x)\n"
    "%wide.out: f32[n + $sizes.0, 4] = pad(before=[$sizes.0, 0], after=[0, 0]) (%x)\n"
    "output y = %fold.out\n"
    "output wide = %wide.out on_demand\n";

class ErrorsPlanElements : public testing::Test {
 protected:
  Engine loaded() {
    plan::write_file(plan_, scratch_.path("hostile.plan"));
    return Engine(Plan::load(scratch_.path("hostile.plan"), {.map = false}));
  }
  void expect_plan_refused(const std::string& what) {
    test::expect_refusal(ErrorCode::corrupt_file, {"hostile.plan", what, "build the plan again"}, [&] { loaded(); });
  }
  /// The memory of inputs is on the heap, whose ends sanitizers see.
  Status run(const std::vector<int64_t>& sizes, const std::string& output = "y") {
    Context context = loaded().context({.threads = 1});
    const std::vector<float> x(12, 1.0f);
    context.set_input("x", {DType::f32, {3, 4}, x.data()});
    context.set_input("sizes", {DType::i64, {static_cast<int64_t>(sizes.size())}, sizes.data()});
    context.request({output});
    return context.run();
  }
  plan::Port& port() { return plan_.inputs.at(1); }

  io_test::Scratch scratch_;
  plan::Plan plan_ = test::text_plan(kText);
};

TEST_F(ErrorsPlanElements, Good) {
  ASSERT_EQ(port().elements.size(), 2u);
  EXPECT_TRUE(run({6, 2}).ok());
  EXPECT_FALSE(run({6, 2, 1}).ok());
  EXPECT_FALSE(run({6}).ok());
  EXPECT_FALSE(run({-6, 2}).ok());
  EXPECT_FALSE(run({6, -2}).ok());
  EXPECT_TRUE(run({2, 5}, "wide").ok());  // which the reshape that is not asked for does not fit
}

/// A size that a step takes of an element as it is.
TEST_F(ErrorsPlanElements, NegativePads) {
  plan_ = test::text_plan(
      "input %x: f32[n, 4]\n"
      "input %sizes: i64[2] elements [$sizes.0, $sizes.1]\n"
      "%wide.out: f32[n + $sizes.0 + $sizes.1, 4] = pad(before=[$sizes.0, 0], after=[$sizes.1, 0]) (%x)\n"
      "output y = %wide.out\n");
  EXPECT_TRUE(run({2, 0}).ok());
  for (const std::vector<int64_t>& sizes :
       {std::vector<int64_t>{-1, 2}, {2, -1}, {-4, 0}, {0, -9}, {INT64_MIN, INT64_MAX}, {INT64_MAX, INT64_MAX}})
    EXPECT_FALSE(run(sizes).ok()) << sizes[0] << ", " << sizes[1];
}

TEST_F(ErrorsPlanElements, OfAnotherNumber) {
  port().elements.pop_back();
  expect_plan_refused("'sizes' has no such elements");
  port().elements.resize(65, Dim(1));
  expect_plan_refused("more than 64 dimensions");
}

TEST_F(ErrorsPlanElements, OfWhatHasNone) {
  plan_.inputs.at(0).elements = {Dim(1)};
  expect_plan_refused("'x' has no such elements");
}

TEST_F(ErrorsPlanElements, DefinedByNothing) {
  plan_.definitions.at(0).value = Dim::symbol("zzz");
  expect_plan_refused("'fold' defines a size by what nothing says");
}

TEST_F(ErrorsPlanElements, DefinedByItself) {
  plan_.definitions.at(0).value = Dim::symbol("folds") + Dim(1);
  expect_plan_refused("'fold' defines a size by what nothing says");
}

TEST_F(ErrorsPlanElements, LeftOut) {
  plan_.definitions.clear();
  expect_plan_refused("has a size that nothing says");
}

/// Whatever an element is said to be, a run compares it.
TEST_F(ErrorsPlanElements, SomethingElse) {
  port().elements[0] = Dim::parse("2*$sizes.0 - 4");
  EXPECT_TRUE(run({-2, 12}).ok());
  EXPECT_FALSE(run({-1, 12}).ok());
  for (const char* text : {"$sizes.0*$sizes.0", "$sizes.0*n", "floordiv($sizes.0, 0)", "max($sizes.0, sizes.1)"}) {
    port().elements[0] = Dim::parse(text);
    for (const int64_t first : {int64_t{7}, int64_t{-6}, INT64_MAX}) EXPECT_FALSE(run({first, 5}).ok()) << text;
  }
}

TEST_F(ErrorsPlanElements, TooManyDefinitions) {
  plan_.definitions.resize(5000, plan_.definitions.at(0));
  expect_plan_refused("has more inputs, outputs, definitions");
}

}  // namespace
}  // namespace lathe
