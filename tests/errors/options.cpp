// Options that are no numbers of anything: the one that is wrong is named.
#include "lathe/build.h"
#include "lathe/tasks.h"
#include "tests/errors/refusal.h"

namespace lathe {
namespace {
using namespace test;

const std::string kModels = std::string(LATHE_SOURCE_DIR) + "/tests/goldens/models/";

TEST(ErrorsOptions, OfABuild) {
  const auto refused = [](const char* name, int64_t BuildOptions::*option, int64_t value) {
    BuildOptions options;
    options.*option = value;
    expect_refusal(ErrorCode::invalid_argument, {name, "it is ", "give a number from "},
                   [&] { build(kModels + "base", options); });
  };
  refused("max_batch", &BuildOptions::max_batch, -1);
  refused("max_seq", &BuildOptions::max_seq, -2);
  refused("opt_seq", &BuildOptions::opt_seq, 0);
}

TEST(ErrorsOptions, OfATask) {
  const Plan plan = build(kModels + "mlm-tied");
  expect_refusal(ErrorCode::invalid_argument, {"batch_tokens", "it is 0", "give a number from 1"},
                 [&] { FillMask(plan, {.batch_tokens = 0}); });
  expect_refusal(ErrorCode::invalid_argument, {"threads", "it is -3", "give a number"},
                 [&] { FillMask(plan, {.threads = -3}); });
}

TEST(ErrorsOptions, AFolderThatIsNotThere) {
  expect_refusal(ErrorCode::not_found, {"/nowhere/at/all", "there is no such folder", "give a model folder"},
                 [] { build("/nowhere/at/all"); });
}

}  // namespace
}  // namespace lathe
