// A plan, or a build, whose precision this machine cannot run.
#include "base/cpu.h"
#include "plan/file.h"
#include "tests/errors/plan_fixture.h"

namespace lathe {
namespace {

/// The lowest level for the test's time, whatever the machine has.
class LowestLevel {
 public:
  LowestLevel() : before_(set_active_features({})) {}
  ~LowestLevel() { set_active_features(before_); }

 private:
  Features before_;
};

class ErrorsPlanPrecision : public test::BadPlan {
 protected:
  LowestLevel lowest_;
  test::ModelFolder folder_;
};

TEST_F(ErrorsPlanPrecision, ABuildIsRefused) {
  BuildOptions options;
  options.precision = Precision::bf16;
  const std::string path = folder_.write();
  test::expect_refusal_in(path, ErrorCode::unsupported_machine,
                          {"precision bf16", "multiplies no bf16 (it has avx2, bf16 needs avx512_bf16 or amx_bf16)",
                           "use --precision fp32 or best"},
                          [&] { build(path, options); });
}

TEST_F(ErrorsPlanPrecision, BestFallsBack) {
  BuildOptions options;
  options.precision = Precision::best;
  EXPECT_EQ(build(folder_.write(), options).data()->precision, "fp32");
}

TEST_F(ErrorsPlanPrecision, APlanLoadsButMakesNoEngine) {
  plan::Plan forged = *build(folder_.write()).data();
  forged.precision = "bf16";
  plan::write_file(forged, scratch_.path("bf16.plan"));
  const Plan plan = Plan::load(scratch_.path("bf16.plan"));
  test::expect_refusal(
      ErrorCode::unsupported_machine,
      {"BertForMaskedLM", "the plan is bf16, which needs avx512_bf16 or amx_bf16; this machine has avx2",
       "build the plan again with --precision fp32"},
      [&] { Engine{plan}; });
}

/// Where the machine can build one: the real thing.
TEST_F(ErrorsPlanPrecision, ARealOne) {
  if (!machine_features().has(Feature::avx512_bf16)) GTEST_SKIP() << "this machine builds no bf16 plan";
  set_active_features(machine_features());
  BuildOptions options;
  options.precision = Precision::bf16;
  const Plan plan = build(folder_.write(), options);
  EXPECT_NO_THROW(Engine{plan});
  set_active_features({});
  test::expect_refusal(ErrorCode::unsupported_machine,
                       {"BertForMaskedLM", "which needs avx512_bf16", "--precision fp32"}, [&] { Engine{plan}; });
}

}  // namespace
}  // namespace lathe
