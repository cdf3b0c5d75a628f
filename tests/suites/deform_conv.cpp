#include "ops/deform_conv.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "backends/reference/evaluate.h"
#include "ops/conv.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::DeformConv;

TEST(SuiteDeformConv, GroupsAndDimensions) {
  Random random(62);
  Suite suite("deform_conv", {});
  for (DType type : kFloats) {
    const auto x = [&](const Shape& shape) { return random.normal_tensor("x", type, shape); };
    suite.check({DeformConv{}, {x({2, 3, 5}), x({4, 3, 3}), x({2, 3, 3})}});
    suite.check({DeformConv{{{2, 1}, {1, 2}, {1, 0}, {0, 1}}, 2, 1, true, true},
                 {x({2, 4, 5, 6}), x({2, 2, 2, 2}), x({2, 8, 3, 5}), x({2}), x({2, 4, 3, 5})}});
    suite.check({DeformConv{{}, 1, 2, false, true},
                 {x({1, 4, 2, 3, 3}), x({3, 4, 1, 2, 2}), x({1, 24, 2, 2, 2}), x({1, 8, 2, 2, 2})}});
  }
  const auto x = [&](const Shape& shape) { return random.normal_tensor("x", DType::f32, shape); };
  suite.check({DeformConv{}, {x({0, 3, 5}), x({4, 3, 3}), x({0, 3, 3})}});
  suite.check({DeformConv{.bias = true}, {x({1, 0, 5}), x({4, 0, 3}), x({1, 3, 3}), x({4})}});
  suite.check_coverage();
}

TEST(SuiteDeformConv, WithoutOffsetsAConvolution) {
  Random random(63);
  const HostTensor x = random.normal_tensor("x", DType::f64, {2, 4, 5, 6}),
                   w = random.normal_tensor("w", DType::f64, {2, 2, 2, 3});
  const ops::Window window{{2, 1}, {}, {1, 0}, {1, 1}};
  const std::vector<backends::reference::Tensor> plain = {{x.dtype, x.shape, x.data}, {w.dtype, w.shape, w.data}};
  const backends::reference::Tensor y = backends::reference::evaluate(ops::Conv{window, 2}, plain)[0];
  expect_numbers({DeformConv{window, 2}, {x, w, full("offset", DType::f64, {2, 12, 3, 5}, 0)}},
                 {to_doubles({"y", y.dtype, y.shape, y.data})}, 1e-12);
}

TEST(SuiteDeformConv, Numbers) {
  // One element a window, moved by (-1/4, 1/2), (1, 0), (0, -2) and (1/2, 1): mixed, beyond x, beyond x, half beyond.
  const HostTensor x = make_tensor("x", DType::f64, {1, 1, 2, 2}, {1, 2, 3, 4}),
                   w = full("w", DType::f64, {1, 1, 1, 1}, 10);
  const HostTensor offset = make_tensor("offset", DType::f64, {1, 2, 2, 2}, {-0.25, 1, 0, 0.5, 0.5, 0, -2, -1});
  expect_numbers({DeformConv{}, {x, w, offset}}, {{0.75 * 15, 40, 0, 0.5 * 30}});
  const HostTensor mask = make_tensor("mask", DType::f64, {1, 1, 2, 2}, {2, 1, 1, 0});
  expect_numbers({DeformConv{.bias = true, .mask = true}, {x, w, offset, full("b", DType::f64, {1}, 100), mask}},
                 {{122.5, 140, 100, 100}});
  const double infinity = std::numeric_limits<double>::infinity();
  const HostTensor far = make_tensor("offset", DType::f64, {1, 2, 2, 2}, {NAN, infinity, -infinity, 1e300, 0, 0, 0, 0});
  expect_numbers({DeformConv{}, {x, w, far}}, {{0, 0, 0, 0}});
}

TEST(SuiteDeformConv, Refusals) {
  const auto f = [](std::vector<Dim> shape) { return ops::TensorType{DType::f32, std::move(shape)}; };
  const ops::Types plain = {f({1, 4, 5}), f({2, 4, 3}), f({1, 3, 3})};
  expect_refusal(DeformConv{.bias = true}, plain, "4 inputs");
  expect_refusal(DeformConv{.offset_groups = 0}, plain, "offset_groups");
  expect_refusal(DeformConv{.offset_groups = 3}, plain, "offset_groups");
  expect_refusal(DeformConv{.offset_groups = 2}, plain, "the offset needs");
  expect_refusal(DeformConv{}, {plain[0], plain[1], f({1, 3, 4})}, "the offset needs");
  expect_refusal(DeformConv{.mask = true}, {plain[0], plain[1], plain[2], f({1, 2, 3})}, "the mask needs");
  expect_refusal(DeformConv{}, {plain[0], plain[1], {DType::f16, {1, 3, 3}}}, "one type");
  expect_refusal(DeformConv{.groups = std::numeric_limits<int64_t>::min()}, plain, "groups");
}

}  // namespace
}  // namespace lathe::test
