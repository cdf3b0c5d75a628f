#include "ops/resize.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::Resize;
using ops::ResizeCoordinates;
using ops::ResizeMode;
using ops::ResizeRounding;
using enum ResizeCoordinates;

constexpr ResizeMode kModes[] = {ResizeMode::nearest, ResizeMode::linear, ResizeMode::cubic};
constexpr ResizeCoordinates kCoordinates[] = {half_pixel, half_pixel_symmetric, pytorch_half_pixel, align_corners,
                                              asymmetric, tf_half_pixel_for_nn, tf_crop_and_resize};

TEST(SuiteResize, ModesAndCoordinates) {
  Random random(56);
  Suite suite("resize", {});
  for (DType type : kFloats)
    for (ResizeMode mode : kModes)
      for (ResizeCoordinates coordinates : kCoordinates) {
        const HostTensor x = random.normal_tensor("x", type, {2, 3, 4, 5});
        suite.check({Resize{.mode = mode, .coordinates = coordinates, .shape = {2, 3, 7, 3}}, {x}});
        suite.check({Resize{.mode = mode,
                            .coordinates = coordinates,
                            .shape = {2, 3, 6, 1},
                            .scales = {{1, 1, 1.6, 0.3}},
                            .roi = {{0, 0, 0.25, -0.5, 1, 1, 0.75, 1.5}},
                            .exclude_outside = mode == ResizeMode::cubic,
                            .antialias = mode != ResizeMode::nearest,
                            .extrapolation = 9},
                     {x}});
      }
  suite.check_coverage();
}

TEST(SuiteResize, AnyAxesAndTypes) {
  Random random(57);
  Suite suite("resize", {});
  suite.check(
      {Resize{.mode = ResizeMode::cubic, .shape = {5, 3, 4}}, {random.normal_tensor("x", DType::f32, {2, 4, 3})}});
  suite.check({Resize{.shape = {}}, {full("x", DType::f32, {}, 3)}});
  suite.check({Resize{.shape = {0, 4}}, {random.normal_tensor("x", DType::f32, {0, 2})}});
  suite.check({Resize{.shape = {0, 4}}, {random.normal_tensor("x", DType::f32, {3, 2})}});
  for (DType type : {DType::u8, DType::i8, DType::i64, DType::boolean})
    suite.check({Resize{.shape = {2, 7}}, {random.integer_tensor("x", type, {2, 3}, 0, 1)}});
  for (DType type : {DType::u8, DType::i8})
    suite.check(
        {Resize{.mode = ResizeMode::cubic, .shape = {2, 7}}, {random.integer_tensor("x", type, {2, 3}, 0, 100)}});
}

/// One line of 1, 4, 2, 8 resized.
void expect_line(Resize op, std::vector<double> scales, int64_t size, const std::vector<double>& wanted) {
  op.shape = {Dim(size)};
  op.scales.values = std::move(scales);
  expect_numbers({op, {make_tensor("x", DType::f64, {4}, {1, 4, 2, 8})}}, {wanted});
}

TEST(SuiteResize, Lines) {
  expect_line(Resize{.coordinates = asymmetric, .rounding = ResizeRounding::round_prefer_floor}, {}, 8,
              {1, 1, 4, 4, 2, 2, 8, 8});
  expect_line(Resize{.coordinates = asymmetric, .rounding = ResizeRounding::round_prefer_ceil}, {}, 8,
              {1, 4, 4, 2, 2, 8, 8, 8});
  expect_line(Resize{.coordinates = asymmetric, .rounding = ResizeRounding::floor}, {}, 8, {1, 1, 4, 4, 2, 2, 8, 8});
  expect_line(Resize{.coordinates = asymmetric, .rounding = ResizeRounding::ceil}, {}, 8, {1, 4, 4, 2, 2, 8, 8, 8});
  expect_line(Resize{.mode = ResizeMode::nearest, .coordinates = half_pixel}, {}, 7, {1, 1, 4, 4, 2, 8, 8});
  expect_line(Resize{.mode = ResizeMode::nearest, .coordinates = half_pixel_symmetric}, {}, 7, {1, 1, 4, 4, 2, 8, 8});
  expect_line(Resize{.mode = ResizeMode::nearest, .coordinates = align_corners}, {}, 7, {1, 1, 4, 4, 2, 2, 8});
  expect_line(Resize{.mode = ResizeMode::nearest, .coordinates = asymmetric}, {}, 7, {1, 4, 4, 2, 2, 8, 8});
  expect_line(Resize{.mode = ResizeMode::nearest, .coordinates = half_pixel_symmetric}, {1.600000023841858}, 6,
              {1, 4, 4, 2, 2, 8});
  expect_line(Resize{.mode = ResizeMode::nearest, .coordinates = align_corners}, {0.800000011920929}, 3, {1, 4, 8});
  expect_line(Resize{.mode = ResizeMode::linear, .coordinates = half_pixel}, {}, 7,
              {1, 2.07142857, 3.78571429, 3, 2.42857143, 5.85714286, 8});
  expect_line(Resize{.mode = ResizeMode::linear, .coordinates = half_pixel_symmetric}, {}, 7,
              {1, 2.07142857, 3.78571429, 3, 2.42857143, 5.85714286, 8});
  expect_line(Resize{.mode = ResizeMode::linear, .coordinates = align_corners}, {}, 7, {1, 2.5, 4, 3, 2, 5, 8});
  expect_line(Resize{.mode = ResizeMode::linear, .coordinates = asymmetric}, {}, 7,
              {1, 2.71428571, 3.71428571, 2.57142857, 3.71428571, 7.14285714, 8});
  expect_line(Resize{.mode = ResizeMode::linear, .coordinates = half_pixel_symmetric}, {1.600000023841858}, 6,
              {1, 2.68750004, 3.62499999, 2.37500001, 4.62499992, 8});
  expect_line(Resize{.mode = ResizeMode::linear, .coordinates = align_corners}, {0.800000011920929}, 3,
              {1, 3.27272733, 6.36363601});
  expect_line(Resize{.mode = ResizeMode::cubic, .coordinates = half_pixel}, {}, 7,
              {0.702351272, 2.14522535, 3.92073572, 2.71875, 2.25091064, 5.83254206, 8.59529686});
  expect_line(Resize{.mode = ResizeMode::cubic, .coordinates = half_pixel_symmetric}, {}, 7,
              {0.702351272, 2.14522535, 3.92073572, 2.71875, 2.25091064, 5.83254206, 8.59529686});
  expect_line(Resize{.mode = ResizeMode::cubic, .coordinates = align_corners}, {}, 7,
              {1, 2.6875, 4, 2.71875, 2, 4.8125, 8});
  expect_line(Resize{.mode = ResizeMode::cubic, .coordinates = asymmetric}, {}, 7,
              {1, 2.95043743, 3.91545248, 2.00291395, 3.36443496, 7.24781346, 8.6297369});
  expect_line(Resize{.mode = ResizeMode::cubic, .coordinates = half_pixel_symmetric}, {1.600000023841858}, 6,
              {0.876403809, 2.91821289, 3.8225708, 1.83465576, 4.37121582, 8.24719238});
  expect_line(Resize{.mode = ResizeMode::cubic, .coordinates = align_corners}, {0.800000011920929}, 3,
              {1, 3.25694656, 6.41773272});
  expect_line(Resize{.mode = ResizeMode::cubic, .cubic_a = -0.5}, {}, 6,
              {0.826389611, 2.625, 3.86342466, 1.92824244, 4.875, 8.34722137});
  expect_line(Resize{.mode = ResizeMode::cubic, .exclude_outside = true}, {}, 6,
              {0.695945836, 2.54285714, 3.86921471, 1.81828661, 5.08571429, 8.60810833});
  expect_line(Resize{.mode = ResizeMode::linear, .antialias = true}, {}, 3, {1.81818182, 3, 6.36363636});
  expect_line(Resize{.mode = ResizeMode::cubic, .antialias = true}, {}, 3, {1.87724441, 2.81565487, 6.41040674});
  expect_line(Resize{.mode = ResizeMode::cubic, .exclude_outside = true, .antialias = true}, {0.6000000238418579}, 2,
              {2.05612041, 4.07017639});
  expect_line(Resize{.mode = ResizeMode::linear, .antialias = true}, {}, 6, {1, 2.5, 3.66666667, 2.33333333, 5, 8});
  expect_line(
      Resize{.mode = ResizeMode::linear, .coordinates = tf_crop_and_resize, .roi = {{-0.2, 1.1}}, .extrapolation = 9},
      {}, 6, {9, 1.54, 3.88, 2.52, 5.12, 9});
  expect_line(Resize{.coordinates = tf_half_pixel_for_nn, .rounding = ResizeRounding::floor}, {}, 6,
              {1, 4, 4, 2, 8, 8});
  // Without rounding in between: u8 saturates, halves go to even.
  expect_numbers({Resize{.mode = ResizeMode::linear, .coordinates = align_corners, .shape = {3}},
                  {make_tensor("x", DType::u8, {2}, {0, 255})}},
                 {{0, 128, 255}});
  expect_numbers({Resize{.mode = ResizeMode::cubic, .shape = {4}}, {make_tensor("x", DType::u8, {2}, {0, 255})}},
                 {{0, 58, 197, 255}});
}

TEST(SuiteResize, OneElement) {
  // The middle of the region; the first element; c = 1.5.
  const auto one = [](ResizeCoordinates coordinates) {
    return Resize{.mode = ResizeMode::linear, .coordinates = coordinates};
  };
  Resize crop = one(tf_crop_and_resize);
  crop.roi.values = {0.2, 0.6};
  expect_line(crop, {}, 1, {4 * 0.8 + 2 * 0.2});
  expect_line(one(pytorch_half_pixel), {}, 1, {1});
  expect_line(one(align_corners), {}, 1, {1});
  expect_line(one(half_pixel), {}, 1, {3});
  crop.roi.values = {-1, -0.5};
  crop.extrapolation = 42;
  expect_line(crop, {}, 1, {42});
}

TEST(SuiteResize, ShapesFromInputs) {
  const ops::Types in = {{DType::f32, {1, 3, 4, Dim::symbol("w")}}, {DType::i64, {2}}, {DType::i64, {2}}};
  const Dim w = Dim::symbol("w");
  const ops::Contents known = {std::nullopt, std::vector<ops::Element>{Dim(8), Dim(2) * w},
                               std::vector<ops::Element>{Dim(2), Dim(-1)}};
  const auto [op, count] = ops::Op(Resize{}).resolve(in, known);
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(to_string(op.infer({in[0]})[0]), "f32[1, 3, 8, 2*w]");
}

TEST(SuiteResize, Faults) {
  Suite suite("resize", {});
  suite.check_fault(
      {Resize{.mode = ResizeMode::linear, .shape = {4, Dim::symbol("n") + Dim(2)}}, {full("x", DType::f32, {2, 0}, 0)}},
      ErrorCode::out_of_range);
}

TEST(SuiteResize, Refusals) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const ops::Types x = {{DType::f32, {2, 3}}};
  expect_refusal(Resize{}, x, "one value a dimension");
  expect_refusal(Resize{.shape = {2, -1}}, x, "negative");
  expect_refusal(Resize{.shape = {2, 3}, .scales = {{1}}}, x, "scales need");
  expect_refusal(Resize{.shape = {2, 3}, .scales = {{1, 0}}}, x, "not positive");
  expect_refusal(Resize{.shape = {2, 3}, .scales = {{1, nan}}}, x, "not finite");
  expect_refusal(Resize{.shape = {2, 3}, .roi = {{0, 1}}}, x, "roi needs");
  expect_refusal(Resize{.shape = {2, 3}, .cubic_a = nan}, x, "not finite");
  expect_refusal(Resize{.shape = {2, 3}, .antialias = true}, x, "no antialias");
  expect_refusal(Resize{.shape = {2}}, {{DType::f32, {0}}}, "no elements");
  expect_refusal(Resize{.mode = ResizeMode::linear, .shape = {2}}, {{DType::boolean, {2}}}, "booleans");
}

}  // namespace
}  // namespace lathe::test
