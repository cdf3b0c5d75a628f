// A plan, whole and with right checksums, whose tensor grows as the number of tokens falls: memory that is sized at
// the most tokens would be too small.
#include "plan/file.h"
#include "plan/plan.h"
#include "tests/errors/plan_fixture.h"

namespace lathe {
namespace {

class ErrorsPlanUnbounded : public test::BadPlan {};

TEST_F(ErrorsPlanUnbounded, TensorThatGrowsBeyondItsBound) {
  const plan::Plan good = plan::read_bytes(io_test::blob_of(bytes()), "good.plan");
  ASSERT_FALSE(good.runtime_symbols.empty());
  const plan::RuntimeSymbol& tokens = good.runtime_symbols[0];
  int changed = 0;
  for (size_t t = 0; t < good.tensors.size(); ++t)
    for (size_t d = 0; d < good.tensors[t].type.shape.size(); ++d) {
      if (!(good.tensors[t].type.shape[d] == Dim::symbol(tokens.name))) continue;
      plan::Plan bad = good;
      bad.tensors[t].type.shape[d] = tokens.bound - Dim::symbol(tokens.name);
      test::expect_refusal(ErrorCode::corrupt_file,
                           {"hostile.plan", "may grow beyond its bound", "build the plan again"},
                           [&] { plan::validate(bad, "hostile.plan"); });
      ++changed;
    }
  EXPECT_GT(changed, 0);
}

}  // namespace
}  // namespace lathe
