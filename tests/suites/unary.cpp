#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ops/unary.h"
#include "tests/suites/harness.h"

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

}  // namespace
}  // namespace lathe::test
