#include "ops/pad.h"

#include <gtest/gtest.h>

#include "backends/reference/evaluate.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

TEST(SuitePad, BeforeAndAfter) {
  Random random(33);
  Suite suite("pad", {});
  for (DType type : {DType::f32, DType::bf16, DType::i64, DType::boolean}) {
    const auto x = [&](const Shape& shape) { return random.integer_tensor("x", type, shape, 0, 1); };
    suite.check({ops::Pad{{1, 2}, {3, 0}, 1}, {x({4, 5})}});
    suite.check({ops::Pad{{0, 0, 0}, {0, 1, 2}, 0}, {x({2, 3, 4})}});
    suite.check({ops::Pad{{2}, {2}, 1}, {x({0})}});
    suite.check({ops::Pad{{0, 1}, {0, 1}, 1}, {x({3, 0})}});
    suite.check({ops::Pad{{}, {}, 1}, {x({})}});
  }
  suite.check_coverage();
}

TEST(SuitePad, Numbers) {
  const HostTensor x = make_tensor("x", DType::f32, {2, 2}, {1, 2, 3, 4});
  const backends::reference::Tensor y = backends::reference::evaluate(
      ops::Pad{{1, 0}, {0, 1}, -1}, std::vector<backends::reference::Tensor>{{x.dtype, x.shape, x.data}})[0];
  EXPECT_EQ(to_doubles({"y", y.dtype, y.shape, y.data}), (std::vector<double>{-1, -1, -1, 1, 2, -1, 3, 4, -1}));
}

}  // namespace
}  // namespace lathe::test
