#include <gtest/gtest.h>

#include "ops/attention.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;
using Steps = std::vector<std::string>;

struct Products {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, kSeq, 6}), other = b.input("other", {kBatch, kSeq, 6});
  ValueId q = b.linear(x, 4), k = b.linear(x, 4), v = b.linear(x, 4);
  ir::Network finish() {
    b.output("y", b.add(ops::Attention{.heads = 2, .scale = 0.7}, {q, k, v}));
    ir::Network network = b.network;
    network.remove_dead();
    run_pass("fuse_linear", network);
    return network;
  }
};

TEST(PassesFuseQkv, MergesThree) {
  Products p;
  ir::Network network = p.finish();
  expect_becomes("fuse_qkv", network, {"concat", "concat", "linear", "slice", "slice", "slice", "attention"});
  run_pass("fuse_qkv", network);
  EXPECT_EQ(run_pass("fold_constants", network), 2);
  EXPECT_EQ(kinds_in_order(network), (Steps{"linear", "slice", "slice", "slice", "attention"}));
  const ir::Node& linear = network.node(network.nodes()[0]);
  EXPECT_EQ(to_string(*network.value(linear.inputs[1]).constant->recipe),
            "concat(net.0.weight, net.1.weight, net.2.weight)");
}

TEST(PassesFuseQkv, MergesTwoOfOneInput) {
  Products p;
  p.q = p.b.linear(p.other, 4);
  expect_becomes("fuse_qkv", p.finish(), {"linear", "concat", "concat", "linear", "slice", "slice", "attention"});
}

TEST(PassesFuseQkv, LeavesWhatOthersRead) {
  Products p;
  p.b.output("k", p.k);
  p.b.output("v", p.v);
  ir::Network network = p.finish();
  EXPECT_EQ(run_pass("fuse_qkv", network), 0);
}

TEST(PassesFuseQkv, LeavesOneValueReadTwice) {
  Products p;
  p.k = p.q;
  p.v = p.q;
  ir::Network network = p.finish();
  EXPECT_EQ(run_pass("fuse_qkv", network), 0);
}

}  // namespace
}  // namespace lathe::passes::testing
