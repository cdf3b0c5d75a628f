#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "ops/activation.h"
#include "ops/binary.h"
#include "ops/unary.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;
using Steps = std::vector<std::string>;

struct Gelu {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, 6});
  ValueId erf(double factor = 1 / std::numbers::sqrt2) {
    return b.add(ops::Unary{ops::UnaryKind::erf}, {b.product(x, b.number(factor))});
  }
  ValueId tanh_of(ValueId inner) { return b.add(ops::Act{Activation::tanh}, {inner}); }
  ir::Network finish(ValueId y) {
    b.output("y", y);
    return b.network;
  }
};

TEST(PassesFuseGelu, MatchesBothForms) {
  for (Activation kind : {Activation::gelu, Activation::gelu_tanh}) {
    NetworkBuilder b;
    b.set_origin("bert.encoder.layer.3.intermediate");
    ValueId x = b.input("x", {kBatch, kSeq, 6});
    b.output("y", kind == Activation::gelu ? b.gelu(x) : b.gelu_tanh(x));
    ir::Network network = b.network;
    std::vector<std::string> reports;
    EXPECT_EQ(run_pass("fuse_gelu", network, &reports), 1);
    ASSERT_EQ(kinds_in_order(network), Steps{"activation"});
    EXPECT_EQ(network.node(network.nodes()[0]).op.as<ops::Act>()->kind, ops::Act(kind).kind);
    EXPECT_EQ(reports[0], kind == Activation::gelu ? "5 nodes of layer 3's intermediate became activation(gelu)"
                                                   : "8 nodes of layer 3's intermediate became activation(gelu_tanh)");
    expect_equal(b.network, network);
  }
}

TEST(PassesFuseGelu, MatchesOtherSpellings) {
  const Steps fused = {"activation"};
  {
    Gelu g;  // x * (0.5 * (erf + 1))
    expect_becomes("fuse_gelu",
                   g.finish(g.b.product(g.x, g.b.product(g.b.number(0.5), g.b.sum(g.erf(), g.b.number(1))))), fused);
  }
  {
    Gelu g;  // (x * (1 + erf)) / 2
    expect_becomes("fuse_gelu",
                   g.finish(g.b.quotient(g.b.product(g.x, g.b.sum(g.b.number(1), g.erf())), g.b.number(2))), fused);
  }
  {
    Gelu g;  // tanh form with x * x * x
    ValueId cube = g.b.product(g.b.product(g.x, g.x), g.x);
    ValueId inner = g.b.sum(g.b.product(cube, g.b.number(0.044715)), g.x);
    ValueId t = g.tanh_of(g.b.product(inner, g.b.number(std::sqrt(2 / std::numbers::pi))));
    expect_becomes("fuse_gelu", g.finish(g.b.product(g.b.product(g.b.sum(t, g.b.number(1)), g.x), g.b.number(0.5))),
                   fused);
  }
  {
    Gelu g;  // tanh(sqrt(2 / pi) * x * (1 + 0.044715 * x * x))
    ValueId slope = g.b.product(g.x, g.b.number(std::sqrt(2 / std::numbers::pi)));
    ValueId square = g.b.product(g.b.product(g.b.number(0.044715), g.x), g.x);
    ValueId t = g.tanh_of(g.b.product(slope, g.b.sum(g.b.number(1), square)));
    expect_becomes("fuse_gelu", g.finish(g.b.product(g.b.product(g.x, g.b.number(0.5)), g.b.sum(g.b.number(1), t))),
                   fused);
  }
}

TEST(PassesFuseGelu, MatchesWhereTheArgumentIsAProduct) {
  NetworkBuilder b;
  ValueId x = b.product(b.input("p", {kBatch, 6}), b.input("q", {kBatch, 6}));
  b.output("y", b.gelu(x));
  expect_becomes("fuse_gelu", b.network, {"binary", "activation"});
}

TEST(PassesFuseGelu, RefusesOtherComputations) {
  auto gelu = [](double factor, double half, double one, bool reader, bool other) {
    Gelu g;
    ValueId z = other ? g.b.input("z", {kBatch, 6}) : g.x, erf = g.erf(factor);
    ir::Network network = g.finish(g.b.product(g.b.product(z, g.b.number(half)), g.b.sum(g.b.number(one), erf)));
    if (reader) network.mark_output("erf", erf);
    return network;
  };
  const double right = 1 / std::numbers::sqrt2;
  expect_refuses("fuse_gelu", gelu(0.7, 0.5, 1, false, false));
  expect_refuses("fuse_gelu", gelu(right, 0.6, 1, false, false));
  expect_refuses("fuse_gelu", gelu(right, 0.5, 1.1, false, false));
  expect_refuses("fuse_gelu", gelu(right, 0.5, 1, true, false));
  expect_refuses("fuse_gelu", gelu(right, 0.5, 1, false, true));
  ir::Network good = gelu(right, 0.5, 1, false, false);
  EXPECT_EQ(run_pass("fuse_gelu", good), 1);
}

}  // namespace
}  // namespace lathe::passes::testing
