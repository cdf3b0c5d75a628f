#include <gtest/gtest.h>

#include "ops/conv.h"
#include "ops/linear.h"
#include "ops/matmul.h"
#include "tests/passes/pass_testing.h"
#include "tests/support/tensors.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;

/// A convolution of x [batch, 3, 6, 6] with 4 outputs, of any type.
struct Product {
  NetworkBuilder b;
  DType type = DType::f32;
  ValueId x, y;
  test::Random random{7};

  explicit Product(DType of = DType::f32, double weights = 1, bool bias = false)
      : type(of), x(b.input("x", {kBatch, 3, 6, 6}, of)), y(x) {
    const ops::Conv op{{{1, 1}, {}, {1, 1}, {1, 1}}, 1};
    std::vector<ValueId> inputs = {x, full("w", {4, 3, 3, 3}, weights)};
    if (bias) inputs.push_back(b.weight("bias", {4}));
    y = b.add(op, inputs);
  }
  ValueId full(const std::string& name, const Shape& shape, double value) {
    return b.constant(test::full(name, type, shape, value));
  }
  /// One number an output.
  ValueId factor(double value, const std::string& name = "s") { return full(name, {4, 1, 1}, value); }
  ir::Network finish(ValueId result) {
    b.output("y", result);
    return b.network;
  }
};

/// So many products and sums go into the weights, which changes no result.
void expect_folded(const ir::Network& before, int rewrites) {
  ir::Network after = before;
  EXPECT_EQ(run_pass("fold_scale", after), rewrites);
  EXPECT_EQ(after.nodes().size(), before.nodes().size() - static_cast<size_t>(rewrites));
  expect_equal(before, after, random_inputs(before, 1, 2));
}

TEST(PassesFoldScale, BatchNormalisation) {
  Product p;
  const ValueId scaled = p.b.product(p.y, p.b.weight("s", {4, 1, 1}, 1));
  expect_folded(p.finish(p.b.sum(scaled, p.b.weight("t", {4, 1, 1}))), 2);
}

TEST(PassesFoldScale, IntoABiasAndByDifferences) {
  Product p(DType::f32, 0.5, true);
  const ValueId scaled = p.b.quotient(p.y, p.b.weight("s", {1, 4, 1, 1}, 2));
  expect_folded(p.finish(p.b.difference(scaled, p.b.weight("t", {4, 1, 1}))), 2);
}

TEST(PassesFoldScale, OfLinear) {
  for (bool transposed : {false, true}) {
    NetworkBuilder b;
    const ValueId x = b.input("x", {kBatch, 6});
    const ValueId w = b.weight("w", transposed ? std::vector<int64_t>{5, 6} : std::vector<int64_t>{6, 5});
    b.output("y", b.sum(b.product(b.add(ops::MatMul{false, transposed}, {x, w}), b.weight("s", {5}, 1)),
                        b.weight("t", {5})));
    ir::Network network = b.network;
    run_pass("fuse_linear", network);
    expect_folded(network, 2);
  }
}

TEST(PassesFoldScale, LeavesOtherFactors) {
  {
    Product p;  // along the wrong dimension
    expect_refuses("fold_scale", p.finish(p.b.product(p.y, p.full("s", {6}, 2))));
  }
  {
    Product p;  // someone else reads the product
    p.b.output("shown", p.y);
    expect_refuses("fold_scale", p.finish(p.b.product(p.y, p.factor(2))));
  }
}

/// Sums of products wrap around and may be scaled before; quotients are cut off.
TEST(PassesFoldScale, Integers) {
  Product p(DType::i32, 3);
  expect_folded(p.finish(p.b.sum(p.b.product(p.y, p.factor(5)), p.factor(-7, "t"))), 2);
  Product q(DType::i32, 3);
  expect_refuses("fold_scale", q.finish(q.b.quotient(q.y, q.factor(2))));
}

TEST(PassesFoldScale, WeightsThatTheirTypeCannotHold) {
  for (DType type : {DType::f16, DType::f32, DType::f64}) {
    const double large = type == DType::f16 ? 1e3 : type == DType::f32 ? 1e30 : 1e200;
    Product fits(type, large);
    expect_folded(fits.finish(fits.b.product(fits.y, fits.factor(0.25))), 1);
    Product beyond(type, large);
    expect_refuses("fold_scale", beyond.finish(beyond.b.product(beyond.y, beyond.factor(large))));
    Product below(type, 1 / large);
    expect_refuses("fold_scale", below.finish(below.b.product(below.y, below.factor(1 / large))));
    Product nothing(type);
    expect_refuses("fold_scale", nothing.finish(nothing.b.quotient(nothing.y, nothing.factor(0))));
    Product zero(type);
    expect_folded(zero.finish(zero.b.product(zero.y, zero.factor(0))), 1);
  }
}

/// Recipes of weights have a depth: what is beyond it stays, and costs no look at all that went before.
TEST(PassesFoldScale, AnyNumberOfFactors) {
  Product p(DType::f32, 0.25);
  ValueId y = p.y;
  for (int i = 0; i < 3000; ++i) y = p.b.product(y, p.factor(i % 2 == 0 ? 2 : 0.5));
  const ir::Network before = p.finish(y);
  ir::Network after = before;
  const int rewrites = run_pass("fold_scale", after);
  EXPECT_GT(rewrites, 4);
  EXPECT_EQ(after.nodes().size(), before.nodes().size() - static_cast<size_t>(rewrites));
  expect_equal(before, after, random_inputs(before, 1, 2));
}

}  // namespace
}  // namespace lathe::passes::testing
