#include "ops/expand.h"

#include <gtest/gtest.h>

#include "backends/reference/evaluate.h"
#include "tests/suites/harness.h"

namespace lathe::test {
namespace {

TEST(SuiteExpand, ShapesThatBroadcast) {
  Random random(31);
  Suite suite("expand", {});
  for (DType type : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::i16, DType::i8,
                     DType::u64, DType::u32, DType::u16, DType::u8, DType::boolean, DType::f8e4m3, DType::f8e5m2}) {
    const auto x = [&](const Shape& shape) { return random.integer_tensor("x", type, shape, 0, 1); };
    suite.check({ops::Expand{{4, 5}}, {x({5})}});
    suite.check({ops::Expand{{4, 5}}, {x({4, 1})}});
    suite.check({ops::Expand{{2, 3, 1}}, {x({3, 7})}});  // dimensions that the shape leaves to x
    suite.check({ops::Expand{{2, 1, 6, 1}}, {x({3, 1, 1})}});
    suite.check({ops::Expand{{1}}, {x({2, 3})}});
    suite.check({ops::Expand{{}}, {x({2, 3})}});
    suite.check({ops::Expand{{3, 3}}, {x({})}});
    suite.check({ops::Expand{{2, 0}}, {x({2, 1})}});
    suite.check({ops::Expand{{2, 300}}, {x({1, 300})}});
  }
  suite.check_coverage();
}

TEST(SuiteExpand, Numbers) {
  const HostTensor x = make_tensor("x", DType::f32, {2, 1}, {3, 4});
  const backends::reference::Tensor y = backends::reference::evaluate(
      ops::Expand{{2, 3}}, std::vector<backends::reference::Tensor>{{x.dtype, x.shape, x.data}})[0];
  EXPECT_EQ(to_doubles({"y", y.dtype, y.shape, y.data}), (std::vector<double>{3, 3, 3, 4, 4, 4}));
}

}  // namespace
}  // namespace lathe::test
