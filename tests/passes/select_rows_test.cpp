#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ir/print.h"
#include "lathe/error.h"
#include "ops/attention.h"
#include "ops/slice.h"
#include "tests/passes/pass_testing.h"
#include "tests/support/tensors.h"

namespace lathe::passes::testing {
namespace {

/// Nodes that a run for this output takes, by kind of op and first dimension: "linear[rows]".
std::multiset<std::string> work_for(const ir::Network& network, const std::string& name) {
  std::vector<ir::ValueId> open;
  for (const ir::Output& output : network.outputs)
    if (output.name == name) open.push_back(output.value);
  std::set<ir::NodeId> seen;
  std::multiset<std::string> work;
  while (!open.empty()) {
    ir::NodeId id = network.value(open.back()).producer;
    open.pop_back();
    if (id == ir::kNone || !seen.insert(id).second) continue;
    const ir::Node& node = network.node(id);
    work.insert(std::string(node.op.name()) + "[" + network.value(node.outputs[0]).type.shape.at(0).str() + "]");
    open.insert(open.end(), node.inputs.begin(), node.inputs.end());
  }
  return work;
}

TEST(PassesSelectRows, OnlyChosenRowsAfterTheLastAttention) {
  ir::Network network = test::mini_bert({.head = test::MiniHead::fill_mask});
  run_all(network);
  // Two layers: of seven products a run for rows takes four on tokens (q, k, v twice; the first layer's three), and
  // five on the rows (the last layer's three, transform, decoder).
  std::multiset<std::string> work = work_for(network, "rows.logits");
  EXPECT_EQ(work.count("linear[tokens]"), 5u);
  EXPECT_EQ(work.count("linear[rows]"), 5u);
  EXPECT_EQ(work.count("gather[rows]"), 2u);
  EXPECT_EQ(work.count("unpack_rows[batch]"), 0u);

  NamedTensors given = random_inputs(network, 5);
  NamedTensors all = test::run_network(network, given, {"packed.logits"});
  given.emplace("rows", test::make_tensor("rows", DType::i32, {3}, {4, 0, 4}));
  NamedTensors some = test::run_network(network, given, {"rows.logits"});
  std::vector<double> full = test::to_doubles(all.at("packed.logits")), expected;
  auto width = all.at("packed.logits").shape[1];
  for (int64_t row : {4, 0, 4})
    expected.insert(expected.end(), full.begin() + row * width, full.begin() + (row + 1) * width);
  EXPECT_LE(test::norm_error(test::to_doubles(some.at("rows.logits")), expected), 1e-6);
}

TEST(PassesSelectRows, PlainOpsBetween) {
  // After the attention: shared operands of every shape, slices, reshapes.
  NetworkBuilder b;
  ir::ValueId mask = b.input("mask", {kBatch, kSeq}, DType::i32), x = b.input("x", {kBatch, kSeq, 6});
  ops::Attention attention{.heads = 2, .scale = 1, .mask = ops::AttentionMask::keys};
  ir::ValueId y = b.sum(b.add(attention, {x, x, x, mask}), b.weight("row", {6}));
  y = b.sum(b.product(b.weight("one", {1, 1, 6}), y), b.weight("one_row", {1, 6}));
  y = b.sum(b.gelu(b.reshape(y, {kBatch, kSeq, 2, 3})), b.weight("inner", {2, 3}));
  y = b.add(ops::Slice{{0, 0, 1, 0}, {kBatch, kSeq, 1, 3}, {}}, {y});
  b.output("y", b.masked(b.reshape(y, {kBatch, kSeq, 3}), mask));
  ir::Network network = b.network;
  run_pass("pack_tokens", network);
  EXPECT_EQ(run_pass("select_rows", network), 1);
  NamedTensors given = random_inputs(network, 5);
  std::vector<double> full = test::to_doubles(test::run_network(network, given, {"packed.y"}).at("packed.y"));
  given.emplace("rows", test::make_tensor("rows", DType::i32, {2}, {3, 1}));
  std::vector<double> some = test::to_doubles(test::run_network(network, given, {"rows.y"}).at("rows.y"));
  std::vector<double> expected(full.begin() + 9, full.begin() + 12);
  expected.insert(expected.end(), full.begin() + 3, full.begin() + 6);
  EXPECT_LE(test::norm_error(some, expected), 1e-6);
  EXPECT_EQ(work_for(network, "rows.y").count("slice[rows]"), 1u);
}

TEST(PassesSelectRows, RowsAreNotAskedForOtherwise) {
  ir::Network network = test::mini_bert({.head = test::MiniHead::fill_mask});
  run_all(network);
  NamedTensors given = random_inputs(network, 5);
  EXPECT_NO_THROW(test::run_network(network, given));
  EXPECT_THROW(test::run_network(network, given, {"rows.logits"}), Error);
}

TEST(PassesSelectRows, PoolsBeforeTheLastProducts) {
  ir::Network before = test::mini_bert({.head = test::MiniHead::classify}), network = before;
  run_all(network);
  std::multiset<std::string> work = work_for(network, "logits");
  EXPECT_EQ(work.count("linear[tokens]"), 5u);
  EXPECT_EQ(work.count("linear[batch]"), 5u);
  EXPECT_EQ(work.count("sequence_pool[batch]"), 3u);  // the attention's result, the residual, keep
  expect_equal(before, network);                      // empty rows among them
}

TEST(PassesSelectRows, PoolsLateWhereAnOutputShowsAllTokens) {
  ir::Network network = test::mini_bert({.head = test::MiniHead::hidden});
  run_all(network);
  EXPECT_EQ(count(network, "sequence_pool"), 1u);
  EXPECT_EQ(work_for(network, "pooler_output").count("linear[batch]"), 1u);
}

TEST(PassesSelectRows, NothingToSelectWithoutPackedOutputs) {
  NetworkBuilder b;
  b.output("y", b.sqrt(b.input("x", {kBatch, kSeq, 6})));
  expect_refuses("select_rows", b.network);
}

}  // namespace
}  // namespace lathe::passes::testing
