#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

#include "ops/unary.h"
#include "tests/suites/harness.h"
#include "tests/suites/numbers.h"

namespace lathe::test {
namespace {

using ops::UnaryKind;

TEST(SuiteUnary, AllKinds) {
  Random random(2);
  Suite suite("unary", {});
  for (UnaryKind kind : {UnaryKind::exp, UnaryKind::log, UnaryKind::sqrt, UnaryKind::rsqrt, UnaryKind::recip,
                         UnaryKind::neg, UnaryKind::abs, UnaryKind::erf}) {
    bool positive = kind == UnaryKind::log || kind == UnaryKind::sqrt || kind == UnaryKind::rsqrt;
    for (DType type : kFloats)
      for (int64_t width : kWidths) {
        HostTensor x = random.normal_tensor("x", type, {4, width});
        std::vector<double> values = to_doubles(x);
        // Away from poles: one element there would be the whole norm.
        for (double& v : values)
          v = positive ? std::abs(v) + 0.5 : kind == UnaryKind::recip && std::abs(v) < 0.5 ? 1 : v;
        suite.check({ops::Unary{kind}, {make_tensor("x", type, {4, width}, values)}});
      }
  }
  // Each where it is defined: asin within -1..1, acosh from 1 on.
  for (UnaryKind kind :
       {UnaryKind::sin, UnaryKind::cos, UnaryKind::tan, UnaryKind::asin, UnaryKind::acos, UnaryKind::atan,
        UnaryKind::sinh, UnaryKind::cosh, UnaryKind::asinh, UnaryKind::acosh, UnaryKind::atanh, UnaryKind::floor,
        UnaryKind::ceil, UnaryKind::round, UnaryKind::sign, UnaryKind::is_nan, UnaryKind::is_inf})
    for (DType type : kFloats)
      for (const Shape& shape : {Shape{}, Shape{0}, Shape{3, 17}, Shape{300}}) {
        HostTensor x = random.integer_tensor("x", type, shape, -60, 60);
        std::vector<double> values = to_doubles(x);
        for (double& v : values) v = kind == UnaryKind::acosh ? std::abs(v) / 32 + 1.25 : v / 64;
        suite.check({ops::Unary{kind}, {make_tensor("x", type, shape, values)}});
      }
  // [n, c, h, w], which tactics may want in blocks of channels.
  for (UnaryKind kind : {UnaryKind::exp, UnaryKind::neg, UnaryKind::abs, UnaryKind::erf})
    for (DType type : kFloats)
      for (const Shape& shape : {Shape{2, 5, 3, 2}, Shape{1, 33, 2, 1}, Shape{1, 32, 1, 2}, Shape{0, 5, 1, 1}})
        suite.check({ops::Unary{kind}, {random.normal_tensor("x", type, shape)}});
  suite.check_coverage();
}

TEST(SuiteUnary, Edges) {
  double infinity = std::numeric_limits<double>::infinity();
  Suite suite("unary", {});
  for (DType type : kFloats) {
    suite.check({ops::Unary{UnaryKind::exp}, {make_tensor("x", type, {4}, {-infinity, -200, 0, 1})}});
    const double nan = std::nan("");
    suite.check({ops::Unary{UnaryKind::exp}, {make_tensor("x", type, {4}, {800, infinity, nan, 1})}});
    for (UnaryKind kind : {UnaryKind::sqrt, UnaryKind::erf, UnaryKind::neg, UnaryKind::abs, UnaryKind::recip})
      suite.check({ops::Unary{kind}, {make_tensor("x", type, {2}, {nan, 1})}});
    suite.check({ops::Unary{UnaryKind::sqrt}, {make_tensor("x", type, {2}, {0, 4})}});
    suite.check({ops::Unary{UnaryKind::erf}, {make_tensor("x", type, {5}, {-infinity, -9, 0, 9, infinity})}});
    suite.check({ops::Unary{UnaryKind::log}, {make_tensor("x", type, {2}, {1, 2})}});
    for (UnaryKind kind : {UnaryKind::rsqrt, UnaryKind::recip, UnaryKind::neg, UnaryKind::abs})
      suite.check({ops::Unary{kind}, {make_tensor("x", type, {3}, {1, 4, 16})}});
  }
}

TEST(SuiteUnary, WholeNumbersAndFlags) {
  Random random(3);
  Suite suite("unary", {});
  for (DType type : {DType::i64, DType::i32, DType::i16, DType::i8, DType::u64, DType::u32, DType::u16, DType::u8})
    for (UnaryKind kind : {UnaryKind::neg, UnaryKind::abs, UnaryKind::sign, UnaryKind::not_})
      for (const Shape& shape : {Shape{}, Shape{0}, Shape{3, 300}})
        suite.check({ops::Unary{kind}, {random.integer_tensor("x", type, shape, type == DType::u8 ? 0 : -9, 9)}});
  suite.check({ops::Unary{UnaryKind::not_}, {random.integer_tensor("x", DType::boolean, {5, 7}, 0, 1)}});
}

TEST(SuiteUnary, Numbers) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  const auto floats = [](const std::vector<double>& values) {
    return make_tensor("x", DType::f64, {static_cast<int64_t>(values.size())}, values);
  };
  const HostTensor x = floats({-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, nan, -infinity});
  expect_result(ops::Unary{UnaryKind::round}, {x}, {8}, {-2, -2, 0, 0, 2, 2, nan, -infinity});
  expect_result(ops::Unary{UnaryKind::floor}, {x}, {8}, {-3, -2, -1, 0, 1, 2, nan, -infinity});
  expect_result(ops::Unary{UnaryKind::ceil}, {x}, {8}, {-2, -1, 0, 1, 2, 3, nan, -infinity});
  expect_result(ops::Unary{UnaryKind::sign}, {x}, {8}, {-1, -1, -1, 1, 1, 1, nan, -1});
  expect_result(ops::Unary{UnaryKind::is_nan}, {x}, {8}, {0, 0, 0, 0, 0, 0, 1, 0});
  expect_result(ops::Unary{UnaryKind::is_inf}, {x}, {8}, {0, 0, 0, 0, 0, 0, 0, 1});
  const HostTensor half = floats({0.5});
  const std::pair<UnaryKind, double> at_half[] = {{UnaryKind::sin, 0.479425538604203},
                                                  {UnaryKind::cos, 0.8775825618903728},
                                                  {UnaryKind::tan, 0.5463024898437905},
                                                  {UnaryKind::asin, 0.5235987755982989},
                                                  {UnaryKind::acos, 1.0471975511965979},
                                                  {UnaryKind::atan, 0.4636476090008061},
                                                  {UnaryKind::sinh, 0.5210953054937474},
                                                  {UnaryKind::cosh, 1.1276259652063807},
                                                  {UnaryKind::asinh, 0.48121182505960347},
                                                  {UnaryKind::atanh, 0.5493061443340548},
                                                  {UnaryKind::acosh, nan}};
  for (const auto& [kind, value] : at_half) expect_result(ops::Unary{kind}, {half}, {1}, {value});
  const HostTensor bytes = make_tensor("x", DType::i8, {4}, {-128, -1, 0, 127});
  expect_result(ops::Unary{UnaryKind::abs}, {bytes}, {4}, {-128, 1, 0, 127});
  expect_result(ops::Unary{UnaryKind::not_}, {bytes}, {4}, {127, 0, -1, -128});
  expect_result(ops::Unary{UnaryKind::not_}, {make_tensor("x", DType::u8, {2}, {0, 3})}, {2}, {255, 252});
  expect_result(ops::Unary{UnaryKind::neg}, {make_tensor("x", DType::u16, {2}, {0, 3})}, {2}, {0, 65533});
}

/// Beyond what a double holds.
TEST(SuiteUnary, LargeWholeNumbers) {
  const int64_t large = 9007199254740993;
  const auto of = [](UnaryKind kind, int64_t x, DType type) {
    return whole_numbers(computed(ops::Unary{kind}, {whole_tensor({x}, type)})[0])[0];
  };
  EXPECT_EQ(of(UnaryKind::neg, large, DType::i64), -large);
  EXPECT_EQ(of(UnaryKind::abs, -large, DType::i64), large);
  EXPECT_EQ(of(UnaryKind::abs, INT64_MIN, DType::i64), INT64_MIN);
  EXPECT_EQ(of(UnaryKind::sign, INT64_MIN, DType::u64), 1);
  EXPECT_EQ(of(UnaryKind::abs, -1, DType::u64), -1);
}

TEST(SuiteUnary, TypesThatAKindLacks) {
  for (const char* type : {"i32[2]", "bool[2]", "u8[2]"})
    for (UnaryKind kind : {UnaryKind::exp, UnaryKind::sin, UnaryKind::floor, UnaryKind::is_nan})
      EXPECT_TRUE(is_refused(ops::Unary{kind}, {type_of(type)}));
  for (UnaryKind kind : {UnaryKind::neg, UnaryKind::abs, UnaryKind::sign})
    EXPECT_TRUE(is_refused(ops::Unary{kind}, {type_of("bool[2]")}));
  EXPECT_TRUE(is_refused(ops::Unary{UnaryKind::not_}, {type_of("f32[2]")}));
  EXPECT_TRUE(is_refused(ops::Unary{UnaryKind::neg}, {}));
}

}  // namespace
}  // namespace lathe::test
