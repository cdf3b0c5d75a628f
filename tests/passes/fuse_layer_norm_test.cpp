#include <gtest/gtest.h>

#include "ir/pattern.h"
#include "ops/layer_norm.h"
#include "ops/reduce.h"
#include "ops/unary.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;
using Steps = std::vector<std::string>;

/// The parts of a LayerNorm, each of which a test may spell in its own way.
struct Parts {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, 6});
  ValueId gamma = b.weight("gamma", {6}, 1), beta = b.weight("beta", {6});
  ValueId d = ir::kNone, variance = ir::kNone;

  Parts() {
    d = b.difference(x, b.mean_last(x));
    variance = b.mean_last(b.product(d, d));
  }
  ValueId unary(ops::UnaryKind kind, ValueId of) { return b.add(ops::Unary{kind}, {of}); }
  ValueId spread() { return b.sum(variance, b.number(1e-5)); }
  ir::Network finish(ValueId y) {
    b.output("y", y);
    b.network.remove_dead();
    return b.network;
  }
};

TEST(PassesFuseLayerNorm, MatchesPrimitives) {
  NetworkBuilder b;
  b.set_origin("bert.encoder.layer.3.output");
  b.output("y", b.layer_norm(b.input("x", {kBatch, kSeq, 6}), 1e-5));
  ir::Network network = b.network;
  std::vector<std::string> reports;
  EXPECT_EQ(run_pass("fuse_layer_norm", network, &reports), 1);
  EXPECT_EQ(reports, Steps{"9 nodes of layer 3's output became layer_norm"});
  ASSERT_EQ(kinds_in_order(network), Steps{"layer_norm"});
  const ir::Node& node = network.node(network.nodes()[0]);
  EXPECT_EQ(node.op.as<ops::LayerNorm>()->epsilon, 1e-5);
  EXPECT_EQ(node.name, "bert.encoder.layer.3.output.layer_norm");
  expect_equal(b.network, network);
}

TEST(PassesFuseLayerNorm, MatchesOtherSpellings) {
  const Steps fused = {"layer_norm"};
  {
    Parts p;  // pow(d, 2), operands of every sum and product swapped
    ValueId square = p.b.add(ops::Binary{ops::BinaryKind::pow}, {p.d, p.b.number(2)});
    ValueId root = p.b.sqrt(p.b.sum(p.b.number(1e-5), p.b.mean_last(square)));
    ValueId y = p.b.sum(p.beta, p.b.product(p.gamma, p.b.quotient(p.d, root)));
    expect_becomes("fuse_layer_norm", p.finish(y), fused);
  }
  {
    Parts p;  // d * rsqrt
    ValueId y = p.b.product(p.d, p.unary(ops::UnaryKind::rsqrt, p.spread()));
    expect_becomes("fuse_layer_norm", p.finish(p.b.sum(p.b.product(y, p.gamma), p.beta)), fused);
  }
  {
    Parts p;  // d * (gamma * recip(sqrt))
    ValueId scale = p.b.product(p.gamma, p.unary(ops::UnaryKind::recip, p.b.sqrt(p.spread())));
    expect_becomes("fuse_layer_norm", p.finish(p.b.sum(p.b.product(p.d, scale), p.beta)), fused);
  }
  {
    Parts p;  // gamma * d / sqrt
    ValueId y = p.b.quotient(p.b.product(p.gamma, p.d), p.b.sqrt(p.spread()));
    expect_becomes("fuse_layer_norm", p.finish(p.b.sum(y, p.beta)), fused);
  }
  {
    Parts p;  // the difference computed twice
    ValueId again = p.b.difference(p.x, p.b.mean_last(p.x));
    ValueId y = p.b.quotient(again, p.b.sqrt(p.spread()));
    expect_becomes("fuse_layer_norm", p.finish(p.b.sum(p.b.product(y, p.gamma), p.beta)), fused);
  }
}

TEST(PassesFuseLayerNorm, RefusesOtherComputations) {
  auto with = [](int64_t axis, bool second_reader, double factor, bool other_x) {
    NetworkBuilder b;
    ValueId x = b.input("x", {6, 6}), other = b.input("other", {6, 6});
    auto mean = [&](ValueId of) { return b.add(ops::Reduce{ops::ReduceKind::mean, {axis}, true}, {of}); };
    ValueId d = b.difference(x, mean(other_x ? other : x));
    ValueId root = b.sqrt(b.sum(mean(b.product(d, d)), b.number(1e-5)));
    ValueId y = b.quotient(d, root);
    if (factor != 1) y = b.product(y, b.number(factor));
    b.output("y", b.sum(b.product(y, b.weight("gamma", {6})), b.weight("beta", {6})));
    if (second_reader) b.output("root", root);
    return b.network;
  };
  expect_refuses("fuse_layer_norm", with(0, false, 1, false));
  expect_refuses("fuse_layer_norm", with(-1, true, 1, false));
  expect_refuses("fuse_layer_norm", with(-1, false, 2, false));
  expect_refuses("fuse_layer_norm", with(-1, false, 1, true));
  ir::Network good = with(-1, false, 1, false);
  EXPECT_EQ(run_pass("fuse_layer_norm", good), 1);
}

}  // namespace
}  // namespace lathe::passes::testing
