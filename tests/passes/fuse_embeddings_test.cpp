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

TEST(PassesFuseEmbeddings, LookupsFromTheEndGoTogether) {
  for (const auto& [first, second] : {std::pair(true, true), {true, false}, {false, true}}) {
    Tables t;
    const auto lookup = [&](const std::string& name, bool from_end) {
      const ValueId ids = t.b.input(name + "_ids", {kBatch, kSeq}, DType::i32);
      return t.b.add(ops::Gather{0, from_end}, {t.b.weight(name, {10, 10}), ids});
    };
    t.b.output("y", t.b.sum(lookup("a", first), lookup("b", second)));
    ir::Network network = t.b.network;
    EXPECT_EQ(run_pass("fuse_embeddings", network), first == second);
    if (first == second) {
      EXPECT_TRUE(network.node(network.nodes()[0]).op.as<ops::Embedding>()->from_end);
    }
    expect_equal(t.b.network, network);
  }
}

/// What the lookups of these tables become: the types of the embedding's tables.
std::vector<DType> types_after_fusion(std::vector<DType> stored) {
  Tables t;
  ValueId sum = ir::kNone;
  for (size_t i = 0; i < stored.size(); ++i) {
    std::string name(1, static_cast<char>('a' + i));
    ValueId ids = t.b.input(name + "_ids", {kBatch, kSeq}, DType::i32);
    ValueId rows = t.b.add(ops::Gather{0}, {t.b.stored_weight(name, {10, 10}, stored[i]), ids});
    sum = i == 0 ? rows : t.b.sum(sum, rows);
  }
  t.b.output("y", t.b.layer_norm(sum));
  ir::Network network = t.b.network;
  for (const char* pass : {"widen_after_lookup", "fold_constants", "fuse_layer_norm", "fuse_embeddings"})
    run_pass(pass, network);
  run_pass("fold_constants", network);
  EXPECT_EQ(kinds_in_order(network), std::vector<std::string>{"embedding"});
  expect_equal(t.b.network, network);
  const ir::Node& node = network.node(network.nodes().at(0));
  std::vector<DType> types;
  for (size_t i = 0; i < 2 * stored.size(); i += 2) types.push_back(network.value(node.inputs.at(i)).type.dtype);
  return types;
}

TEST(PassesFuseEmbeddings, TablesStayAsTheyAreStored) {
  for (DType stored : {DType::f32, DType::f16, DType::bf16})
    EXPECT_EQ(types_after_fusion({stored, stored, stored}), std::vector<DType>(3, stored));
}

TEST(PassesFuseEmbeddings, TablesOfSeveralTypesAreWidened) {
  EXPECT_EQ(types_after_fusion({DType::f16, DType::bf16}), std::vector<DType>(2, DType::f32));
  EXPECT_EQ(types_after_fusion({DType::f16, DType::f32, DType::f16}), std::vector<DType>(3, DType::f32));
}

TEST(PassesFuseEmbeddings, LookupsThatBroadcastAreRepeated) {
  Tables t;
  ValueId few = t.b.add(ops::Gather{0}, {t.b.weight("f", {10, 10}), t.b.input("f_ids", {kSeq}, DType::i32)});
  t.b.output("y", t.b.sum(t.lookup("a"), few));
  ir::Network after = t.b.network;
  EXPECT_EQ(run_pass("fuse_embeddings", after), 1);
  EXPECT_EQ(count(after, "embedding"), 1u);
  expect_equal(t.b.network, after);
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
}

}  // namespace
}  // namespace lathe::passes::testing
