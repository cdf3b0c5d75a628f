#include <gtest/gtest.h>

#include "ops/activation.h"
#include "ops/layer_norm.h"
#include "ops/linear.h"
#include "ops/matmul.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;

struct Net {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, kSeq, 6}), r = b.input("r", {kBatch, kSeq, 6});

  ValueId norm(ValueId y) {
    return b.add(ops::LayerNorm{.epsilon = 1e-5}, {y, b.weight("gamma", {6}, 1), b.weight("beta", {6})});
  }
  ValueId product() { return b.add(ops::MatMul{false, true}, {x, b.weight("w", {6, 6})}); }
  ValueId act(ValueId y, Activation kind = Activation::gelu) { return b.add(ops::Act{kind}, {y}); }
  ir::Network finish(ValueId y) {
    b.output("y", y);
    ir::Network network = b.network;
    network.remove_dead();
    run_pass("fuse_linear", network);
    return network;
  }
};

/// The epilogue that all of the network becomes.
std::string epilogue_of(ir::Network network) {
  ir::Network before = network;
  run_pass("fuse_epilogue", network);
  expect_equal(before, network);
  if (kinds_in_order(network) != std::vector<std::string>{"linear"}) return "not one linear";
  return to_string(network.node(network.nodes()[0]).op.as<ops::Linear>()->epilogue);
}

TEST(PassesFuseEpilogue, TakesActivationsWithTheirParameters) {
  const auto text = [](const ops::Act& act) {
    Net n;
    return epilogue_of(n.finish(n.b.add(act, {n.b.linear(n.x, 6)})));
  };
  EXPECT_EQ(text({ops::ActKind::sigmoid}), "bias+sigmoid");
  EXPECT_EQ(text({ops::ActKind::clip, 0, 6}), "bias+clip(0,6)");
  EXPECT_EQ(text({ops::ActKind::elu, 0.5, 1}), "bias+elu(0.5,1)");
}

TEST(PassesFuseEpilogue, GrowsInOrder) {
  {
    Net n;
    EXPECT_EQ(epilogue_of(n.finish(n.act(n.b.linear(n.x, 6)))), "bias+gelu");
  }
  {
    Net n;
    EXPECT_EQ(epilogue_of(n.finish(n.act(n.b.linear(n.x, 6), Activation::relu))), "bias+relu");
  }
  {
    Net n;
    EXPECT_EQ(epilogue_of(n.finish(n.b.sum(n.b.linear(n.x, 6), n.r))), "bias+residual");
  }
  {
    Net n;
    EXPECT_EQ(epilogue_of(n.finish(n.b.sum(n.r, n.act(n.b.linear(n.x, 6))))), "bias+gelu+residual");
  }
  {
    Net n;
    EXPECT_EQ(epilogue_of(n.finish(n.norm(n.act(n.b.linear(n.x, 6))))), "bias+gelu+layer_norm(1e-05)");
  }
  {
    Net n;
    EXPECT_EQ(epilogue_of(n.finish(n.norm(n.b.sum(n.b.linear(n.x, 6), n.x)))), "bias+residual+layer_norm(1e-05)");
  }
}

TEST(PassesFuseEpilogue, TakesALayerNormThatHoldsTheResidual) {
  for (bool first : {true, false}) {
    Net n;
    ValueId y = n.b.linear(n.x, 6);
    ops::LayerNorm op{.epsilon = 1e-5, .residual = true};
    ValueId a = first ? y : n.r, c = first ? n.r : y;
    y = n.b.add(op, {a, c, n.b.weight("gamma", {6}, 1), n.b.weight("beta", {6})});
    EXPECT_EQ(epilogue_of(n.finish(y)), "bias+residual+layer_norm(1e-05)");
  }
}

TEST(PassesFuseEpilogue, OperandsFollowTheRecords) {
  Net n;
  ir::Network network = n.finish(n.norm(n.b.sum(n.b.linear(n.x, 6), n.r)));
  run_pass("fuse_epilogue", network);
  const ir::Node& node = network.node(network.nodes()[0]);
  std::vector<std::string> names;
  for (ValueId v : node.inputs) names.push_back(network.value(v).name);
  EXPECT_EQ(names, (std::vector<std::string>{"x", "net.0.weight", "net.0.bias", "r", "gamma", "beta"}));
}

TEST(PassesFuseEpilogue, StopsBeforeValuesThatOthersRead) {
  Net n;
  ValueId sum = n.b.sum(n.b.linear(n.x, 6), n.r);
  n.b.output("sum", sum);
  expect_becomes("fuse_epilogue", n.finish(n.norm(sum)), {"linear", "layer_norm"});
}

/// As ONNX Runtime's SkipLayerNormalization adds it; kernels add the bias first.
TEST(PassesFuseEpilogue, ABiasBehindResidualsGoesBeforeThem) {
  Net n;
  ValueId y = n.b.sum(n.b.sum(n.product(), n.r), n.b.weight("late", {6}));
  ir::Network network = n.finish(n.norm(y));
  EXPECT_EQ(epilogue_of(network), "bias+residual+layer_norm(1e-05)");
  run_pass("fuse_epilogue", network);
  std::vector<std::string> names;
  for (ValueId v : network.node(network.nodes()[0]).inputs) names.push_back(network.value(v).name);
  EXPECT_EQ(names, (std::vector<std::string>{"x", "w", "late", "r", "gamma", "beta"}));
}

/// No kernel's order is the epilogue's.
TEST(PassesFuseEpilogue, TakesRecordsInAnyOrderAndNumber) {
  {
    Net n;  // as a residual network has it
    EXPECT_EQ(epilogue_of(n.finish(n.act(n.b.sum(n.b.linear(n.x, 6), n.r), Activation::relu))), "bias+residual+relu");
  }
  {
    Net n;
    EXPECT_EQ(epilogue_of(n.finish(n.b.sum(n.act(n.product()), n.b.weight("late", {6})))), "gelu+bias");
  }
  {
    Net n;
    EXPECT_EQ(epilogue_of(n.finish(n.b.sum(n.x, n.b.sum(n.b.linear(n.x, 6), n.r)))), "bias+residual+residual");
  }
  {
    Net n;
    EXPECT_EQ(epilogue_of(n.finish(n.act(n.act(n.product()), Activation::tanh))), "gelu+tanh");
  }
  {
    Net n;
    EXPECT_EQ(epilogue_of(n.finish(n.b.sum(n.norm(n.b.sum(n.act(n.b.linear(n.x, 6)), n.r)), n.x))),
              "bias+gelu+residual+layer_norm(1e-05)+residual");
  }
}

TEST(PassesFuseEpilogue, HoldsAsManyRecordsAsAPlanMay) {
  Net n;
  ValueId y = n.product();
  for (size_t i = 0; i < ops::Epilogue::kMostRecords + 2; ++i) y = n.act(y, Activation::tanh);
  expect_becomes("fuse_epilogue", n.finish(y), {"linear", "activation", "activation"});
}

TEST(PassesFuseEpilogue, LeavesABroadcastSum) {
  Net n;
  ValueId y = n.b.sum(n.b.linear(n.x, 6), n.b.input("row", {6}));
  expect_refuses("fuse_epilogue", n.finish(y));
}

TEST(PassesFuseEpilogue, LeavesASumWithItself) {
  Net n;
  ValueId y = n.b.linear(n.x, 6);
  expect_refuses("fuse_epilogue", n.finish(n.b.sum(y, y)));
}

TEST(PassesFuseEpilogue, SumOfTwoProducts) {
  Net n;
  expect_becomes("fuse_epilogue", n.finish(n.norm(n.b.sum(n.b.linear(n.x, 6), n.b.linear(n.r, 6)))),
                 {"linear", "linear"});
}

TEST(PassesFuseEpilogue, SumBeforeALayerNorm) {
  Net n;
  expect_becomes("fuse_epilogue", n.finish(n.norm(n.b.sum(n.x, n.r))), {"layer_norm"});
  Net shown;
  ValueId sum = shown.b.sum(shown.x, shown.r);
  shown.b.output("sum", sum);
  expect_refuses("fuse_epilogue", shown.finish(shown.norm(sum)));
}

}  // namespace
}  // namespace lathe::passes::testing
