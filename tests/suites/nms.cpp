#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "ops/nms.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::Nms;

TEST(SuiteNms, ShapesAndTypes) {
  Random random(72);
  Suite suite("nms", {});
  for (DType type : kFloats)
    for (bool center : {false, true})
      for (const auto& [images, classes, count] :
           std::vector<std::array<int64_t, 3>>{{1, 1, 20}, {2, 3, 7}, {1, 2, 0}, {0, 1, 5}})
        for (int64_t most : {0, 1, 3, 100})
          suite.check({Nms{center, most, 0.3, 2},
                       {random.integer_tensor("boxes", type, {images, count, 4}, 0, 6),
                        random.integer_tensor("scores", type, {images, classes, count}, 0, 9)}});
  suite.check_coverage();
}

/// The six boxes of the examples of the ONNX page.
HostTensor boxes(DType type = DType::f32) {
  return make_tensor("boxes", type, {1, 6, 4},
                     {0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11, 0, 10.1, 1, 11.1, 0, 100, 1, 101});
}
HostTensor scores() { return make_tensor("scores", DType::f32, {1, 1, 6}, {0.9, 0.75, 0.6, 0.95, 0.5, 0.3}); }

TEST(SuiteNms, Numbers) {
  expect_result(Nms{false, 3, 0.5, 0}, {boxes(), scores()}, {3, 3}, {0, 0, 3, 0, 0, 0, 0, 0, 5});
  expect_result(Nms{false, 2, 0.5, 0}, {boxes(), scores()}, {2, 3}, {0, 0, 3, 0, 0, 0});
  expect_result(Nms{false, 3, 0.5, 0.4}, {boxes(), scores()}, {2, 3}, {0, 0, 3, 0, 0, 0});
  expect_result(Nms{}, {boxes(), scores()}, {0, 3}, {});
  // The same about their centres.
  const HostTensor centred =
      make_tensor("boxes", DType::f32, {1, 6, 4},
                  {0.5, 0.5, 1, 1, 0.5, 0.6, 1, 1, 0.5, 0.4, 1, 1, 0.5, 10.5, 1, 1, 0.5, 10.6, 1, 1, 0.5, 100.5, 1, 1});
  expect_result(Nms{true, 3, 0.5, 0}, {centred, scores()}, {3, 3}, {0, 0, 3, 0, 0, 0, 0, 0, 5});
  // Corners the other way round; ten equal boxes and scores: the first one.
  const HostTensor flipped = make_tensor("boxes", DType::f32, {1, 2, 4}, {1, 1, 0, 0, 0, 0.1, 1, 1.1});
  expect_result(Nms{false, 9, 0.5, 0}, {flipped, make_tensor("s", DType::f32, {1, 1, 2}, {1, 2})}, {1, 3}, {0, 0, 1});
  const HostTensor equal = make_tensor("boxes", DType::f32, {1, 3, 4}, {0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1});
  expect_result(Nms{false, 9, 0.5, 0}, {equal, full("s", DType::f32, {1, 2, 3}, 0.9)}, {2, 3}, {0, 0, 0, 0, 1, 0});
  // Boxes without area overlap nothing; a NaN is above no threshold.
  const HostTensor points = full("boxes", DType::f32, {1, 3, 4}, 1);
  expect_result(Nms{false, 9, 0, 0}, {points, make_tensor("s", DType::f32, {1, 1, 3}, {1, std::nan(""), 2})}, {2, 3},
                {0, 0, 2, 0, 0, 0});
}

TEST(SuiteNms, WhatIsRefused) {
  const auto refused = [](const Nms& op, const char* b, const char* s) {
    return is_refused(op, {type_of(b), type_of(s)});
  };
  EXPECT_TRUE(refused(Nms{}, "f32[1, 6, 5]", "f32[1, 1, 6]"));
  EXPECT_TRUE(refused(Nms{}, "f32[1, 6, 4]", "f32[2, 1, 6]"));
  EXPECT_TRUE(refused(Nms{}, "f32[1, 6, 4]", "f32[1, 1, 5]"));
  EXPECT_TRUE(refused(Nms{}, "f32[6, 4]", "f32[1, 1, 6]"));
  EXPECT_TRUE(refused(Nms{}, "i32[1, 6, 4]", "f32[1, 1, 6]"));
  EXPECT_TRUE(refused(Nms{false, INT64_MIN}, "f32[1, 6, 4]", "f32[1, 1, 6]"));
  EXPECT_TRUE(refused(Nms{false, 1, std::nan("")}, "f32[1, 6, 4]", "f32[1, 1, 6]"));
  EXPECT_TRUE(refused(Nms{false, 1, 0, std::nan("")}, "f32[1, 6, 4]", "f32[1, 1, 6]"));
  EXPECT_FALSE(refused(Nms{false, INT64_MAX}, "f32[b, n, 4]", "f32[b, c, n]"));
}

}  // namespace
}  // namespace lathe::test
