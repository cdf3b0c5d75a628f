#include <gtest/gtest.h>

#include "ops/embedding.h"
#include "ops/gather.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;

struct Tables {
  NetworkBuilder b;
  ValueId lookup(const std::string& name, int64_t axis = 0) {
    ValueId ids = b.input(name + "_ids", {kBatch, kSeq}, DType::i32);
    return b.add(ops::Gather{axis}, {b.weight(name, {10, 10}), ids});
  }
};

TEST(PassesFuseEmbeddings, SumsInAnyOrderWithNorm) {
  for (bool left : {true, false}) {
    Tables t;
    ValueId a = t.lookup("a"), b = t.lookup("b"), c = t.lookup("c");
    ValueId sum = left ? t.b.sum(t.b.sum(a, b), c) : t.b.sum(a, t.b.sum(b, c));
    t.b.output("y", t.b.layer_norm(sum));
    ir::Network network = t.b.network;
    run_pass("fuse_layer_norm", network);
    std::vector<std::string> reports;
    EXPECT_EQ(run_pass("fuse_embeddings", network, &reports), 1);
    EXPECT_EQ(reports, std::vector<std::string>{"3 lookups and layer_norm of net became embedding"});
    ASSERT_EQ(kinds_in_order(network), std::vector<std::string>{"embedding"});
    const auto* op = network.node(network.nodes()[0]).op.as<ops::Embedding>();
    EXPECT_EQ(op->terms, 3);
    EXPECT_TRUE(op->norm);
    expect_equal(t.b.network, network);
  }
}

TEST(PassesFuseEmbeddings, WithoutNorm) {
  Tables t;
  t.b.output("y", t.b.sum(t.lookup("a"), t.lookup("b")));
  expect_becomes("fuse_embeddings", t.b.network, {"embedding"});
}

TEST(PassesFuseEmbeddings, RefusesOtherSums) {
  {
    Tables t;  // another term
    t.b.output("y", t.b.sum(t.lookup("a"), t.b.input("x", {kBatch, kSeq, 10})));
    expect_refuses("fuse_embeddings", t.b.network);
  }
  {
    Tables t;  // a lookup that is shown
    ValueId a = t.lookup("a");
    t.b.output("a", a);
    t.b.output("y", t.b.sum(a, t.lookup("b")));
    expect_refuses("fuse_embeddings", t.b.network);
  }
  {
    Tables t;  // one lookup alone stays a gather
    t.b.output("y", t.lookup("a"));
    expect_refuses("fuse_embeddings", t.b.network);
  }
  {
    Tables t;  // ids of different shapes
    ValueId few = t.b.add(ops::Gather{0}, {t.b.weight("f", {10, 10}), t.b.input("f_ids", {kSeq}, DType::i32)});
    t.b.output("y", t.b.sum(t.lookup("a"), few));
    expect_refuses("fuse_embeddings", t.b.network);
  }
}

}  // namespace
}  // namespace lathe::passes::testing
