// Plan files that change while they are in use: what plan.h promises of mapped and of loaded ones.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "tests/errors/plan_fixture.h"

namespace lathe {
namespace {

class ErrorsPlanChanged : public test::BadPlan {
 protected:
  static std::vector<float> answer(const Plan& plan) {
    Context context = Engine(plan).context({.threads = 1});
    const std::vector<int32_t> ids = {1, 2, 3, 4};
    context.set_input("input_ids", {DType::i32, {2, 2}, ids.data()});
    context.request({"last_hidden_state"});
    context.run().throw_if_error();
    const ConstTensorRef out = context.output("last_hidden_state");
    const auto* values = static_cast<const float*>(out.data);
    return {values, values + out.shape.count()};
  }
  const std::string path_ = scratch_.put("used.plan", bytes());
};

TEST_F(ErrorsPlanChanged, MappedAndDeletedOrReplaced) {
  const Plan plan = Plan::load(path_);
  const std::vector<float> expected = answer(plan);
  plan.save(path_);
  scratch_.put("other", "something else");
  std::filesystem::rename(scratch_.path("other"), path_);
  EXPECT_EQ(answer(plan), expected);
  std::filesystem::remove(path_);
  EXPECT_EQ(answer(plan), expected);
}

TEST_F(ErrorsPlanChanged, LoadedAndOverwrittenOrCut) {
  const Plan plan = Plan::load(path_, {.map = false});
  const std::vector<float> expected = answer(Plan::load(path_));
  const int file = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  const std::string other(bytes().size(), '\x7f');
  EXPECT_EQ(pwrite(file, other.data(), other.size(), 0), static_cast<ssize_t>(other.size()));
  close(file);
  EXPECT_EQ(answer(plan), expected);
  std::filesystem::resize_file(path_, 0);
  EXPECT_EQ(answer(plan), expected);
}

TEST_F(ErrorsPlanChanged, LoadingIsChecked) {
  std::string damaged = bytes();
  damaged[weights_at() + 5] ^= 1;
  scratch_.put("used.plan", damaged);
  test::expect_refusal(ErrorCode::corrupt_file,
                       {"used.plan", "the checksum of its weights does not agree", "copy or build the plan again"},
                       [&] { Plan::load(path_, {.map = false}); });
}

}  // namespace
}  // namespace lathe
