// Several profiles in one plan: a run fits one of them.
#include <gtest/gtest.h>

#include "compiler/compile.h"
#include "ir/parse.h"
#include "lathe/error.h"
#include "plan/file.h"
#include "tests/io/scratch.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {
using namespace test;

TEST(RuntimeProfiles, ARunFitsOneOfThem) {
  compiler::CompileOptions options;
  options.profiles = {{{"n", {1, 2, 4}}, {"m", {1, 8, 64}}}, {{"n", {1, 32, 64}}, {"m", {1, 2, 4}}}};
  const io_test::Scratch scratch;
  plan::write_file(compiler::compile(ir::parse("input %x: f32[n, m]\n%y.out: f32[n, m] = unary(kind=neg) (%x)\n"
                                               "output y = %y.out\n"),
                                     options),
                   scratch.path("two.plan"));
  const Engine engine(Plan::load(scratch.path("two.plan")));
  Context context = engine.context({.threads = 1});
  const std::vector<float> x(64 * 64, 1);
  const auto run = [&](int64_t n, int64_t m) {
    context.set_input("x", tensor_of(DType::f32, {n, m}, x));
    return context.run();
  };
  EXPECT_TRUE(run(4, 64).ok());
  EXPECT_TRUE(run(64, 4).ok());
  EXPECT_TRUE(run(1, 1).ok());
  const Status status = run(5, 5);
  EXPECT_EQ(status.code(), ErrorCode::out_of_range);
  EXPECT_EQ(
      status.message(),
      "x, dimension 0 of [5, 5]: n = 5 fits none of the plan's profiles: m 1 to 64, n 1 to 4; m 1 to 4, n 1 to 64; "
      "give inputs that one of them takes, or build with another");
  EXPECT_TRUE(run(2, 3).ok());
}

/// Small batches of a plan whose large ones are beyond all memory.
TEST(RuntimeProfiles, TunedForMoreThanThereIs) {
  compiler::CompileOptions options;
  const int64_t most = int64_t{1} << 40;
  options.profiles = {{{"n", {1, most, most}}, {"m", {1, most, most}}}};
  Context context = engine_of(compiler::compile(ir::parse("input %x: f32[n, m]\n"
                                                          "%y.out: f32[n, m] = unary(kind=neg) (%x)\n"
                                                          "%z.out: f32[n, m] = unary(kind=exp) (%y.out)\n"
                                                          "output z = %z.out\n"),
                                                options))
                        .context({.threads = 1});
  const std::vector<float> x(6, 0);
  context.set_input("x", tensor_of(DType::f32, {2, 3}, x));
  const Status status = context.run();
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(values_of<float>(context, "z"), std::vector<float>(6, 1));
}

TEST(RuntimeProfiles, AFileNeedsOne) {
  plan::Plan plan = text_plan("input %x: f32[n]\noutput y = %x\n");
  plan.profiles.clear();
  try {
    plan::validate(plan, "none");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(std::string_view(error.what()).find("has no profile"), std::string_view::npos) << error.what();
  }
}

}  // namespace
}  // namespace lathe
