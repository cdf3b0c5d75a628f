#include "ops/grid_sample.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::GridPadding;
using ops::GridSample;
using ops::ResizeMode;

constexpr ResizeMode kModes[] = {ResizeMode::nearest, ResizeMode::linear, ResizeMode::cubic};
constexpr GridPadding kPaddings[] = {GridPadding::zeros, GridPadding::border, GridPadding::reflection};

TEST(SuiteGridSample, ModesAndPaddings) {
  Random random(58);
  Suite suite("grid_sample", {});
  for (DType type : kFloats)
    for (ResizeMode mode : kModes)
      for (GridPadding padding : kPaddings)
        for (bool align : {false, true}) {
          const GridSample op{mode, padding, align};
          const auto x = [&](const Shape& shape) { return random.normal_tensor("x", type, shape); };
          const auto grid = [&](const Shape& shape) { return random.normal_tensor("grid", DType::f32, shape); };
          suite.check({op, {x({2, 3, 4, 5}), grid({2, 3, 2, 2})}});
          suite.check({op, {x({1, 2, 2, 3, 1}), grid({1, 2, 1, 3, 3})}});
          suite.check({op, {x({1, 1, 4}), grid({1, 3, 1})}});
        }
  suite.check_coverage();
}

TEST(SuiteGridSample, Empties) {
  Suite suite("grid_sample", {});
  const auto zeros = [](const Shape& shape) { return full("x", DType::f32, shape, 0.5); };
  suite.check({GridSample{}, {zeros({0, 3, 4, 5}), zeros({0, 3, 2, 2})}});
  suite.check({GridSample{}, {zeros({1, 0, 4, 5}), zeros({1, 3, 2, 2})}});
  suite.check({GridSample{}, {zeros({1, 3, 4, 5}), zeros({1, 3, 0, 2})}});
  for (GridPadding padding : kPaddings)
    suite.check({GridSample{ResizeMode::cubic, padding}, {zeros({1, 3, 0, 5}), zeros({1, 3, 2, 2})}});
}

TEST(SuiteGridSample, Numbers) {
  const HostTensor x = pattern(DType::f32, {1, 1, 2, 3}, 5, 11, 4);
  const HostTensor grid = make_tensor("grid", DType::f32, {1, 2, 4, 2},
                                      {-1, -1, 0.25, 0.5, 1.5, -1.75, 1, 1, -2.5, 0.125, 0, 0, 0.625, -0.375, 3, 3});
  expect_numbers({GridSample{ResizeMode::nearest, GridPadding::zeros, false}, {x, grid}}, {{-4, 5, 0, 0, 0, 1, 6, 0}},
                 1e-5);
  expect_numbers({GridSample{ResizeMode::nearest, GridPadding::zeros, true}, {x, grid}}, {{-4, 5, 6, -1, 0, 1, 6, 0}},
                 1e-5);
  expect_numbers({GridSample{ResizeMode::nearest, GridPadding::border, false}, {x, grid}},
                 {{-4, 5, 6, -1, 0, 1, 6, -1}}, 1e-5);
  expect_numbers({GridSample{ResizeMode::nearest, GridPadding::border, true}, {x, grid}}, {{-4, 5, 6, -1, 0, 1, 6, -1}},
                 1e-5);
  expect_numbers({GridSample{ResizeMode::nearest, GridPadding::reflection, false}, {x, grid}},
                 {{-4, 5, 6, -1, -1, 1, 6, -4}}, 1e-5);
  expect_numbers({GridSample{ResizeMode::nearest, GridPadding::reflection, true}, {x, grid}},
                 {{-4, 5, 6, -1, -1, 1, 6, -4}}, 1e-5);
  expect_numbers({GridSample{ResizeMode::linear, GridPadding::zeros, false}, {x, grid}},
                 {{-1, 2.75, 0, -0.25, 0, 3, 4.8984375, 0}}, 1e-5);
  expect_numbers({GridSample{ResizeMode::linear, GridPadding::zeros, true}, {x, grid}},
                 {{-4, 3.1875, 1.875, -1, 0, 3, 3.2265625, 0}}, 1e-5);
  expect_numbers({GridSample{ResizeMode::linear, GridPadding::border, false}, {x, grid}},
                 {{-4, 2.75, 6, -1, -1.5, 3, 4.8984375, -1}}, 1e-5);
  expect_numbers({GridSample{ResizeMode::linear, GridPadding::border, true}, {x, grid}},
                 {{-4, 3.1875, 6, -1, -1.75, 3, 3.2265625, -1}}, 1e-5);
  expect_numbers({GridSample{ResizeMode::linear, GridPadding::reflection, false}, {x, grid}},
                 {{-4, 2.75, 3.6875, -1, 2.09375, 3, 4.8984375, -4}}, 1e-5);
  expect_numbers({GridSample{ResizeMode::linear, GridPadding::reflection, true}, {x, grid}},
                 {{-4, 3.1875, 2.9375, -1, 2.65625, 3, 3.2265625, -4}}, 1e-5);
  expect_numbers({GridSample{ResizeMode::cubic, GridPadding::zeros, false}, {x, grid}},
                 {{-1.421875, 3.3212891, 0.066741943, -0.95605469, 0, 3.5625, 5.7321215, 0}}, 1e-5);
  expect_numbers({GridSample{ResizeMode::cubic, GridPadding::zeros, true}, {x, grid}},
                 {{-4, 4.3837738, 2.7165985, -1, 0.19145966, 3.5625, 4.7187285, 0}}, 1e-5);
  expect_numbers({GridSample{ResizeMode::cubic, GridPadding::border, false}, {x, grid}},
                 {{-4.84375, 3.387207, 6, -2.3154297, -1.4414062, 3, 5.0909805, -1}}, 1e-5);
  expect_numbers({GridSample{ResizeMode::cubic, GridPadding::border, true}, {x, grid}},
                 {{-4, 3.826355, 6, -1, -1.7192383, 3, 3.640193, -1}}, 1e-5);
  expect_numbers({GridSample{ResizeMode::cubic, GridPadding::reflection, false}, {x, grid}},
                 {{-5.6875, 3.387207, 4.0216675, -3.8242188, 2.1595535, 3, 5.0909805, -5.6875}}, 1e-5);
  expect_numbers({GridSample{ResizeMode::cubic, GridPadding::reflection, true}, {x, grid}},
                 {{-4, 3.7818604, 3.6365967, -1, 2.9358063, 3, 4.0926766, -4}}, 1e-5);
}

TEST(SuiteGridSample, PlacesThatAreNone) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const HostTensor x = pattern(DType::f32, {1, 1, 3, 3}, 1, 11, 0);
  const HostTensor grid =
      make_tensor("grid", DType::f32, {1, 1, 4, 2},
                  {std::numeric_limits<double>::quiet_NaN(), 0, infinity, 0, -infinity, 0, 3e38, -3e38});
  for (ResizeMode mode : kModes) {
    expect_numbers({GridSample{mode}, {x, grid}}, {{0, 0, 0, 0}});
    Suite suite("grid_sample", {});
    for (GridPadding padding : kPaddings)
      for (bool align : {false, true}) suite.check({GridSample{mode, padding, align}, {x, grid}});
  }
}

TEST(SuiteGridSample, Refusals) {
  const auto f = [](std::vector<Dim> shape) { return ops::TensorType{DType::f32, std::move(shape)}; };
  expect_refusal(GridSample{}, {f({1, 2, 3, 3})}, "2 inputs");
  expect_refusal(GridSample{}, {f({1, 2}), f({1, 2})}, "1 to 3 spatial dimensions");
  expect_refusal(GridSample{}, {f({1, 2, 3, 3}), f({1, 2, 2})}, "as many dimensions");
  expect_refusal(GridSample{}, {f({1, 2, 3, 3}), f({1, 2, 2, 3})}, "a coordinate a spatial dimension");
  expect_refusal(GridSample{}, {f({2, 2, 3, 3}), f({1, 2, 2, 2})}, "one batch");
  expect_refusal(GridSample{}, {f({1, 2, 3, 3}), {DType::i32, {1, 2, 2, 2}}}, "floating point");
}

}  // namespace
}  // namespace lathe::test
