// A plan from another instruction set: tactics are chosen again, weights packed again where they must be, one line of
// the log says so, and the answers are the same within rounding.
#include "backends/choose.h"
#include "base/cpu.h"
#include "lathe/log.h"
#include "plan/file.h"
#include "tests/errors/plan_fixture.h"
#include "tests/support/tensors.h"

namespace lathe {
namespace {

class ErrorsPlanOtherIsa : public test::BadPlan {
 protected:
  ErrorsPlanOtherIsa() {
    set_logger([this](LogLevel, std::string_view line) { lines_.emplace_back(line); }, LogLevel::info);
    plan_ = *build(LATHE_SOURCE_DIR "/tests/goldens/models/base").data();
    lines_.clear();
  }
  ~ErrorsPlanOtherIsa() override {
    set_active_features(features_);
    set_logger({});
  }
  /// Through a file, as it would come from another machine.
  std::vector<double> answer(const plan::Plan& plan) {
    plan::write_file(plan, scratch_.path("moved.plan"));
    const Engine engine(Plan::load(scratch_.path("moved.plan")));
    Context context = engine.context({.threads = 2});
    const std::vector<int32_t> ids = {3, 17, 170, 0, 5, 5, 99, 1}, mask = {1, 1, 1, 1, 0, 1, 1, 0};
    context.set_input("input_ids", {DType::i32, {2, 4}, ids.data()});
    context.set_input("attention_mask", {DType::i32, {2, 4}, mask.data()});
    context.request({"last_hidden_state"});
    context.run().throw_if_error();
    const ConstTensorRef out = context.output("last_hidden_state");
    const auto* values = static_cast<const float*>(out.data);
    return {values, values + out.shape.count()};
  }
  Features features_ = active_features();
  Isa level_ = name_of(features_);
  plan::Plan plan_;
  std::vector<std::string> lines_;
};

TEST_F(ErrorsPlanOtherIsa, EachLevelRunsIt) {
  const std::vector<double> expected = answer(plan_);
  EXPECT_TRUE(lines_.empty()) << "on its own level nothing is chosen again: " << lines_.front();
  for (Isa level : available_isas()) {
    if (level == level_) continue;
    set_active_features(features_up_to(level));
    EXPECT_LE(test::norm_error(answer(plan_), expected), 2e-6) << to_string(level);
    ASSERT_EQ(lines_.size(), 1u);
    EXPECT_NE(lines_[0].find("was built for " + std::string(to_string(level_)) + "; on this " +
                             std::string(to_string(level)) + " machine"),
              std::string::npos)
        << lines_[0];
    // In FP32 AVX2 has kernels of its own, all levels above share those of AVX-512.
    const bool other_kernels = (level == Isa::avx2) != (level_ == Isa::avx2);
    EXPECT_EQ(lines_[0].find(" 0 of ") == std::string::npos, other_kernels) << lines_[0];
    lines_.clear();
  }
}

/// On a machine of one level too: names of levels and tactics that it has never heard of.
TEST_F(ErrorsPlanOtherIsa, AnUnknownLevelIsAnotherLevel) {
  const std::vector<double> expected = answer(plan_);
  plan::Plan foreign = plan_;
  foreign.features = {"avx9000"};
  for (plan::Step& step : foreign.steps) step.tactic += ".avx9000";
  EXPECT_EQ(answer(foreign), expected) << "the same tactics are found again";
  ASSERT_EQ(lines_.size(), 1u);
  const std::string all = std::to_string(plan_.steps.size());
  EXPECT_NE(lines_[0].find("was built for avx9000"), std::string::npos) << lines_[0];
  EXPECT_NE(lines_[0].find(all + " of " + all + " tactics were chosen again, 0 weights packed again"),
            std::string::npos)
      << lines_[0];
}

TEST_F(ErrorsPlanOtherIsa, WeightsArePackedAgain) {
  const std::vector<double> expected = answer(plan_);
  plan::Plan foreign = plan_;
  foreign.features = {"avx9000"};
  BlobRegion region;
  int packed = 0;
  for (plan::Weight& w : foreign.weights) {
    if (w.format.empty()) continue;
    w.data = backends::repack(w.name, w.data, w.dtype, w.shape, w.transposed, w.format, "", region);
    w.format.clear();
    ++packed;
  }
  ASSERT_GT(packed, 0);
  EXPECT_EQ(answer(foreign), expected);
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_NE(lines_[0].find(std::to_string(packed) + " weights packed again"), std::string::npos) << lines_[0];
}

}  // namespace
}  // namespace lathe
