#include "ops/pool.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::Pool;
using ops::PoolKind;
constexpr double kInfinity = std::numeric_limits<double>::infinity(), kNan = std::numeric_limits<double>::quiet_NaN();

TEST(SuitePool, KindsAndDimensions) {
  Random random(54);
  Suite suite("pool", {});
  for (PoolKind kind : {PoolKind::max, PoolKind::average, PoolKind::lp, PoolKind::blend})
    for (DType type : kFloats)
      for (bool ceil : {false, true}) {
        const auto x = [&](const Shape& shape) { return random.normal_tensor("x", type, shape); };
        Pool op{.kind = kind, .ceil_mode = ceil, .blend = 0.25};
        op.size = {3};
        suite.check({op, {x({2, 3, 8})}});
        op.size = {2, 3};
        op.window = {{2, 1}, {1, 2}, {1, 0}, {0, 1}};
        suite.check({op, {x({1, 2, 6, 7})}});
        op.count_padding = true;
        op.size = {2, 2, 3};
        op.window = {{2, 2, 2}, {}, {1, 0, 1}, {}};
        suite.check({op, {x({1, 2, 3, 4, 5})}});
        suite.check({op, {x({0, 2, 3, 4, 5})}});
      }
}

TEST(SuitePool, ChannelsLast) {
  Random random(56);
  Suite suite("pool", {});
  for (PoolKind kind : {PoolKind::max, PoolKind::average, PoolKind::lp, PoolKind::blend})
    for (bool ceil : {false, true})
      for (bool count : {false, true})
        for (int64_t c : {1, 17, 130}) {
          const auto x = [&](const Shape& shape) { return random.normal_tensor("x", DType::f32, shape); };
          Pool op{.kind = kind, .ceil_mode = ceil, .count_padding = count, .blend = 0.25, .channels_last = true};
          op.size = {3};
          suite.check({op, {x({2, 8, c})}});
          op.size = {2, 3};
          op.window = {{2, 1}, {1, 2}, {1, 0}, {0, 1}};
          suite.check({op, {x({1, 6, 7, c})}});
          op.size = {3, 3};
          op.window = {{2, 2}, {}, {1, 1}, {1, 1}};
          suite.check({op, {x({2, 9, 4, c})}});
          op.size = {2, 2, 3};
          op.window = {{2, 2, 2}, {}, {1, 0, 1}, {}};
          suite.check({op, {x({1, 3, 4, 5, c})}});
          suite.check({op, {x({0, 3, 4, 5, c})}});
        }
  suite.check(
      {Pool{.size = {2}, .channels_last = true}, {make_tensor("x", DType::f32, {1, 3, 2}, {1, kNan, 2, 5, kNan, 6})}});
  suite.check_coverage();
}

TEST(SuitePool, LargestOfWholeNumbers) {
  Random random(55);
  Suite suite("pool", {});
  for (DType type : {DType::u8, DType::i8, DType::u16, DType::i16, DType::u32, DType::i32, DType::u64, DType::i64})
    for (bool column_major : {false, true})
      suite.check(
          {Pool{.size = {2, 3}, .window = {{1, 2}, {}, {1, 1}, {0, 1}}, .indices = true, .column_major = column_major},
           {random.integer_tensor("x", type, {2, 2, 4, 5}, 0, 100)}});
  // Beyond the range of i64, and below 0.
  expect_numbers({Pool{.size = {2}}, {make_tensor("x", DType::u64, {1, 1, 3}, {1, std::ldexp(1, 63), 2})}},
                 {{std::ldexp(1, 63), std::ldexp(1, 63)}}, 0);
  const Pool around{.size = {1}, .window = {{}, {}, {1}, {0}}, .indices = true};
  expect_numbers({around, {make_tensor("x", DType::i8, {1, 1, 1}, {-5})}}, {{-128, -5}, {-1, 0}});
  expect_numbers({around, {make_tensor("x", DType::u8, {1, 1, 1}, {5})}}, {{0, 5}, {-1, 0}});
  expect_numbers({around, {make_tensor("x", DType::i64, {1, 1, 1}, {-5})}}, {{-std::ldexp(1, 63), -5}, {-1, 0}});
}

TEST(SuitePool, Numbers) {
  const HostTensor x = pattern(DType::f64, {1, 2, 4, 5}, 7, 17, 8);
  Pool op{.size = {2, 3}, .window = {{2, 2}, {}, {1, 1}, {0, 1}}, .ceil_mode = true, .indices = true};
  expect_numbers({op, {x}}, {{-1, 6, 3, 1, 8, 5, 2, 2, 6, 3, 3, 7, 5, 5, 8, 6, 6, 3},
                             {1, 2, 4, 11, 12, 14, 16, 16, 19, 21, 21, 24, 31, 31, 29, 36, 36, 38}});
  op.column_major = true;
  expect_numbers({op, {x}}, {{-1, 6, 3, 1, 8, 5, 2, 2, 6, 3, 3, 7, 5, 5, 8, 6, 6, 3},
                             {4, 8, 16, 6, 10, 18, 7, 7, 19, 24, 24, 36, 26, 26, 37, 27, 27, 35}});
  op.indices = false;
  op.kind = PoolKind::average;
  expect_numbers({op, {x}}, {{-4.5, 0.333333333, -0.5, -3, 1.83333333, 1, -1.5, -2.33333333, 2.5, -0.5, -1.33333333,
                              3.5, 1, 0.166666667, 0.75, 2.5, 1.66666667, -2}});
  op.count_padding = true;
  expect_numbers({op, {x}}, {{-1.5, 0.166666667, -0.166666667, -2, 1.83333333, 0.666666667, -1, -2.33333333, 1.66666667,
                              -0.166666667, -0.666666667, 1.16666667, 0.666666667, 0.166666667, 0.5, 1.66666667,
                              1.66666667, -1.33333333}});
  op.kind = PoolKind::lp;
  op.p = 3;
  expect_numbers({op, {x}}, {{8.00520495, 6.54991162, 4.49794145, 8.2425706, 9.62260299, 6.07317794, 5.10446872,
                              8.04660299, 6.00924501, 4.49794145, 7.17905435, 7, 6.07317794, 8.13822304, 10.1088117,
                              6.00924501, 6.74599671, 7.17905435}});
  // (1 - 1/4) max + 1/4 average
  const HostTensor line = make_tensor("x", DType::f32, {1, 1, 4}, {1, 5, 3, -9});
  expect_numbers({Pool{.kind = PoolKind::blend, .size = {2}, .window = {{2}}, .blend = 0.25}, {line}}, {{4.5, 1.5}});
}

TEST(SuitePool, RoundingUp) {
  const HostTensor x = make_tensor("x", DType::f32, {1, 1, 5}, {1, 2, 3, 4, 5});
  Pool op{.kind = PoolKind::average, .size = {2}, .window = {{2}}, .ceil_mode = true};
  expect_numbers({op, {x}}, {{1.5, 3.5, 5}});
  // The last element of this window is neither in x nor in its padding.
  op.count_padding = true;
  expect_numbers({op, {x}}, {{1.5, 3.5, 5}});
  op.window.pads_after = {1};
  expect_numbers({op, {x}}, {{1.5, 3.5, 2.5}});
  // Windows at 0 and 3; one that began at 6, in the padding, is left out.
  op = {.kind = PoolKind::max, .size = {3}, .window = {{3}, {}, {}, {2}}, .ceil_mode = true};
  expect_numbers({op, {x}}, {{3, 5}});
  const Dim h = Dim::symbol("h");
  const ops::Op symbolic = Pool{.size = {3}, .window = {{2}, {}, {1}, {1}}, .ceil_mode = true};
  EXPECT_EQ(to_string(symbolic.infer({{DType::f32, {1, 1, h}}})[0]), "f32[1, 1, ceildiv(h + 1, 2)]");
}

TEST(SuitePool, OddValues) {
  Suite suite("pool", {});
  const HostTensor x = make_tensor("x", DType::f32, {1, 1, 6}, {1, kNan, 2, -kInfinity, -kInfinity, kInfinity});
  for (PoolKind kind : {PoolKind::max, PoolKind::average, PoolKind::lp, PoolKind::blend})
    suite.check({Pool{.kind = kind, .size = {2}}, {x}});
  expect_numbers({Pool{.size = {2}, .indices = true}, {x}}, {{kNan, kNan, 2, -kInfinity, kInfinity}, {1, 1, 2, 3, 5}});
  // Windows in the padding alone.
  const HostTensor one = full("x", DType::f32, {1, 1, 1}, 3);
  const ops::Window around{{}, {}, {1}, {1}};
  expect_numbers({Pool{.size = {1}, .window = around}, {one}}, {{-kInfinity, 3, -kInfinity}});
  expect_numbers({Pool{.kind = PoolKind::average, .size = {1}, .window = around}, {one}}, {{0, 3, 0}});
}

/// Only elements in x are walked over, and their number may be more than an integer holds.
TEST(SuitePool, WindowsFarLargerThanX) {
  const HostTensor x = make_tensor("x", DType::f32, {1, 2, 2, 2, 1}, {1, -2, 3, 4, 5, -6, 7, 8});
  const double size = INT32_MAX;
  const int64_t half = int64_t{1} << 30;
  Suite suite("pool", {});
  const auto expect_all = [&](PoolKind kind, bool count_padding, double y) {
    const Pool op{.kind = kind,
                  .size = {INT32_MAX, INT32_MAX, INT32_MAX},
                  .window = {{}, {}, {half, half, half}, {half, half, half}},
                  .count_padding = count_padding,
                  .channels_last = true};
    expect_numbers({op, {x}}, {std::vector<double>(64, y)});
    suite.check({op, {x}});
  };
  expect_all(PoolKind::max, false, 8);
  expect_all(PoolKind::average, false, 2.5);
  expect_all(PoolKind::average, true, 20 / (size * size * size));
  expect_all(PoolKind::lp, false, std::sqrt(204));
}

TEST(SuitePool, Refusals) {
  const ops::Types x = {{DType::f32, {1, 2, 4, 4}}}, whole = {{DType::i32, {1, 2, 4, 4}}};
  constexpr int64_t huge = std::numeric_limits<int64_t>::max(), least = std::numeric_limits<int64_t>::min();
  expect_refusal(Pool{.size = {2}}, x, "one value a spatial dimension");
  expect_refusal(Pool{.size = {0, 2}}, x, "no element");
  expect_refusal(Pool{.size = {least, 2}}, x, "no element");
  expect_refusal(Pool{.size = {huge, 2}}, x, "too many elements");
  expect_refusal(Pool{.size = {5, 2}}, x, "larger than 4");
  expect_refusal(Pool{.size = {2, 2}, .window = {{1, 2, 3}}}, x, "one value a spatial dimension");
  expect_refusal(Pool{.kind = PoolKind::average, .size = {2, 2}}, whole, "floating point");
  expect_refusal(Pool{.size = {2, 2}}, {{DType::boolean, {1, 2, 4, 4}}}, "numbers");
  expect_refusal(Pool{.kind = PoolKind::lp, .size = {2, 2}, .p = 0}, x, "positive");
  expect_refusal(Pool{.kind = PoolKind::lp, .size = {2, 2}, .p = kNan}, x, "positive");
  expect_refusal(Pool{.kind = PoolKind::blend, .size = {2, 2}, .blend = kInfinity}, x, "finite");
  expect_refusal(Pool{.kind = PoolKind::average, .size = {2, 2}, .indices = true}, x, "only max has indices");
  expect_refusal(Pool{.size = {2, 2}}, {{DType::f32, {4, 4}}}, "1 to 3 spatial dimensions");
}

}  // namespace
}  // namespace lathe::test
