#include <gtest/gtest.h>

#include "ops/activation.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;
using ops::ActKind;

/// x * act(y), or act(y) * x
ir::Network gated(const ops::Act& act, bool same = true, bool first = true) {
  NetworkBuilder b;
  const ValueId x = b.input("x", {kBatch, 6});
  const ValueId gate = b.add(act, {same ? x : b.input("z", {kBatch, 6})});
  b.output("y", first ? b.product(x, gate) : b.product(gate, x));
  return b.network;
}

std::string kind_of(ir::Network network) {
  const ir::Network before = network;
  run_pass("fuse_silu", network);
  expect_equal(before, network);
  return network.node(network.nodes().at(0)).op.str();
}

TEST(PassesFuseSilu, EitherOrder) {
  for (bool first : {true, false}) {
    EXPECT_EQ(kind_of(gated(ActKind::sigmoid, true, first)), "activation(kind=silu)");
    EXPECT_EQ(kind_of(gated({ActKind::hard_sigmoid, 1.0 / 6, 0.5}, true, first)), "activation(kind=hard_swish)");
  }
}

TEST(PassesFuseSilu, LeavesOtherProducts) {
  expect_refuses("fuse_silu", gated(ActKind::sigmoid, false));
  expect_refuses("fuse_silu", gated(ActKind::tanh));
  expect_refuses("fuse_silu", gated({ActKind::hard_sigmoid, 0.2, 0.5}));
}

}  // namespace
}  // namespace lathe::passes::testing
