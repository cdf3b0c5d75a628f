// Plan files that lie about sizes: what a step needs equal is compared whatever the file says.
#include "plan/file.h"
#include "tests/errors/plan_fixture.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {

constexpr std::string_view kText =
    "input %x: f32[n, m]\n"
    "input %like: f32[k, 2]\n"
    "input %a: f32[p]\n"
    "input %b: f32[q]\n"
    "%r.out: f32[k, 2] = reshape(shape=[k, 2]) (%x)\n"
    "%y.out: f32[k, 2] = binary(kind=mul) (%r.out, %like)\n"
    "%s.out: f32[p] = binary (%a, %b)\n"
    "%last.out: f32[1, 2] = slice(start=[k - 1, 0], size=[1, 2]) (%like)\n"
    "%steps.out: i64[k] = range(start=[m], limit=[m + k]) ()\n"
    "%wide.out: f32[k + m, 2] = pad(before=[m, 0], after=[0, 0]) (%like)\n"
    "output y = %y.out\n"
    "output s = %s.out\n"
    "output last = %last.out\n"
    "output steps = %steps.out\n"
    "output wide = %wide.out\n";

class ErrorsPlanEqualities : public testing::Test {
 protected:
  /// Through its file, as it would come from elsewhere.
  Engine loaded() {
    plan::write_file(plan_, scratch_.path("hostile.plan"));
    return Engine(Plan::load(scratch_.path("hostile.plan"), {.map = false}));
  }
  void expect_plan_refused(const std::string& what) {
    test::expect_refusal(ErrorCode::corrupt_file, {"hostile.plan", what, "build the plan again"}, [&] { loaded(); });
  }
  /// Runs with these sizes; the memory of inputs is on the heap, whose ends sanitizers see.
  Status run(int64_t n, int64_t m, int64_t k, int64_t p, int64_t q) {
    Context context = loaded().context({.threads = 1});
    const auto floats = [](int64_t count) { return std::vector<float>(static_cast<size_t>(count), 1.0f); };
    const std::vector<float> x = floats(n * m), like = floats(k * 2), a = floats(p), b = floats(q);
    context.set_input("x", {DType::f32, {n, m}, x.data()});
    context.set_input("like", {DType::f32, {k, 2}, like.data()});
    context.set_input("a", {DType::f32, {p}, a.data()});
    context.set_input("b", {DType::f32, {q}, b.data()});
    return context.run();
  }
  plan::Step& step(std::string_view name) {
    for (plan::Step& step : plan_.steps)
      if (step.name == name) return step;
    throw std::out_of_range("no such step");
  }

  io_test::Scratch scratch_;
  plan::Plan plan_ = test::text_plan(kText);
};

TEST_F(ErrorsPlanEqualities, LeftOut) {
  ASSERT_EQ(plan_.equalities.size(), 2u);
  for (size_t i = 0; i < plan_.equalities.size(); ++i)
    if (plan_.equalities[i].by == "r") plan_.equalities.erase(plan_.equalities.begin() + static_cast<ptrdiff_t>(i));
  expect_plan_refused("'r' needs sizes to be equal that no equality names");
}

TEST_F(ErrorsPlanEqualities, TooMany) {
  plan_.equalities.resize(5000);
  expect_plan_refused("equalities than any network");
}

TEST_F(ErrorsPlanEqualities, DeclaredWithAnotherRank) {
  plan_.inputs[0].declared = {Dim(1)};
  expect_plan_refused("'x' was declared with another rank");
}

/// What is declared only words the message: shapes are compared all the same.
TEST_F(ErrorsPlanEqualities, DeclaredAsSomethingElse) {
  EXPECT_TRUE(run(2, 3, 3, 4, 4).ok());
  for (const char* text : {"p", "zzz", "4*p + q", "-1", "floordiv(p, 0)"}) {
    for (plan::Port& port : plan_.inputs)
      if (port.name == "b") port.declared = {Dim::parse(text)};
    EXPECT_TRUE(run(2, 3, 3, 4, 4).ok()) << text;
    EXPECT_EQ(run(2, 3, 3, 4, 9).code(), ErrorCode::shape_mismatch) << text;
    EXPECT_EQ(run(2, 3, 3, 9, 4).code(), ErrorCode::shape_mismatch) << text;
  }
}

TEST_F(ErrorsPlanEqualities, MoreThanTheStepsNeed) {
  for (const auto& [a, b] : {std::pair("3", "4"), {"zzz", "yyy"}, {"n", "-1*n"}, {"n*n", "m"}})
    plan_.equalities.push_back({Dim::parse(a), Dim::parse(b), "a: lie; told"});
  EXPECT_TRUE(run(2, 3, 3, 4, 4).ok());
  EXPECT_EQ(run(2, 3, 2, 4, 4).code(), ErrorCode::shape_mismatch);
  EXPECT_EQ(run(2, 3, 3, 4, 5).code(), ErrorCode::shape_mismatch);
}

TEST_F(ErrorsPlanEqualities, NoStepRunsWithOthers) {
  EXPECT_EQ(run(2, 3, 2, 4, 4).code(), ErrorCode::shape_mismatch);
  EXPECT_EQ(run(1, 1, 500, 4, 4).code(), ErrorCode::shape_mismatch);
  EXPECT_EQ(run(500, 2, 1, 4, 4).code(), ErrorCode::shape_mismatch);
}

/// Symbols that no shape has, sizes below 0, and beyond all memory.
TEST_F(ErrorsPlanEqualities, AttributesOfStrangeSizes) {
  const plan::Plan good = plan_;
  const std::pair<const char*, const char*> attributes[] = {{"last", "start"}, {"steps", "start"}, {"wide", "before"}};
  for (const auto& [name, attribute] : attributes)
    for (const char* text : {"zzz", "k - 9", "4611686018427387904", "-4611686018427387904", "n*m*k", "zzz - 1"}) {
      plan_ = good;
      plan::Step& changed = step(name);
      changed.op = changed.op.with_dims(
          [&, first = true](const Dim& d) mutable { return std::exchange(first, false) ? Dim::parse(text) : d; });
      try {
        EXPECT_NE(run(2, 3, 3, 4, 4).code(), ErrorCode::internal) << name << " " << text;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::corrupt_file) << error.what();
      }
    }
}

/// Sizes come to steps as attributes alone.
TEST_F(ErrorsPlanEqualities, SizesAsInputsOfAStep) {
  plan::Step& changed = step("r");
  changed.inputs.push_back(changed.inputs[0]);
  expect_plan_refused("does not fit its inputs");
}

}  // namespace
}  // namespace lathe
