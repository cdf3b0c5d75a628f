#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "ir/print.h"
#include "ops/attention.h"
#include "ops/concat.h"
#include "ops/gather.h"
#include "ops/reduce.h"
#include "ops/rotary.h"
#include "ops/sequence_pool.h"
#include "ops/slice.h"
#include "ops/softmax.h"
#include "ops/unary.h"
#include "tests/passes/pass_testing.h"
#include "tests/support/tensors.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;

struct Padded {
  NetworkBuilder b;
  ValueId mask = b.input("mask", {kBatch, kSeq}, DType::i32, ir::InputDefault::ones);
  ValueId x = b.input("x", {kBatch, kSeq, 6});
  ValueId attend(ValueId y) {
    return b.add(ops::Attention{.heads = 2, .scale = 0.5, .mask = ops::AttentionMask::keys}, {y, y, y, mask});
  }
  ValueId pool(ValueId y, ops::PoolMode mode = ops::PoolMode::mean) {
    return b.add(ops::SequencePool{mode}, {y, mask});
  }
  void show(ValueId y) { b.output("y", b.masked(y, mask)); }
};

/// Whether no node but packing itself has a [batch, seq, ..] result.
bool all_packed(const ir::Network& network) {
  for (ir::NodeId id : network.nodes()) {
    const ir::Node& node = network.node(id);
    const std::vector<Dim>& shape = network.value(node.outputs[0]).type.shape;
    if (node.op.name() != "unpack_rows" && shape.size() >= 2 && shape[0] == kBatch && shape[1] == kSeq) return false;
  }
  return true;
}

void expect_packed(const ir::Network& before) {
  ir::Network after = before;
  EXPECT_GT(run_pass("pack_tokens", after), 0);
  EXPECT_TRUE(all_packed(after)) << ir::print(after);
  expect_equal(before, after);
}

TEST(PassesPackTokens, AttentionBetweenTokenWiseNodes) {
  Padded p;
  p.show(p.b.sqrt(p.b.product(p.attend(p.b.product(p.x, p.b.weight("w", {6}))), p.x)));
  p.b.network.outputs.clear();
  p.show(p.b.sum(p.attend(p.b.product(p.x, p.b.weight("v", {6}))), p.x));
  p.b.network.remove_dead();
  expect_packed(p.b.network);
}

TEST(PassesPackTokens, EveryTokenWiseForm) {
  Padded p;
  NetworkBuilder& b = p.b;
  ValueId y = p.attend(p.x);
  y = b.sum(y, b.weight("row", {6}));
  y = b.product(b.weight("ones_before", {1, 1, 6}), y);
  y = b.sum(y, b.number(0.25));
  y = b.difference(y, b.mean_last(y));
  y = b.reshape(y, {kBatch, kSeq, 2, 3});
  y = b.transpose(y, {0, 1, 3, 2});
  y = b.add(ops::Softmax{2}, {y});
  y = b.add(ops::Softmax{-1}, {y});
  ValueId sum = b.add(ops::Reduce{ops::ReduceKind::sum, {2}, false}, {y});
  y = b.reshape(y, {kBatch, kSeq, 6});
  ValueId part = b.add(ops::Slice{{0, 0, 1}, {kBatch, kSeq, 2}, {1, 1, 2}}, {y});
  y = b.add(ops::Concat{-1}, {sum, part, part});
  y = b.cast(b.cast(b.linear(y, 6), DType::f64));
  p.show(y);
  b.output("column",
           b.masked(b.reshape(b.add(ops::Slice{{0, 0, 2}, {kBatch, kSeq, 1}, {}}, {y}), {kBatch, kSeq}), p.mask));
  b.output("pooled", p.pool(y, ops::PoolMode::max));
  expect_packed(b.network);
}

TEST(PassesPackTokens, OutputsAndEntries) {
  Padded p;
  ValueId ids = p.b.input("ids", {kBatch, kSeq}, DType::i32, ir::InputDefault::positions);
  ValueId table = p.b.weight("table", {10, 6});
  p.show(p.attend(p.b.add(ops::Gather{0}, {table, ids})));
  p.b.output("pooled", p.pool(p.attend(p.b.add(ops::Gather{0}, {table, ids}))));
  p.b.network.remove_dead();
  ir::Network network = p.b.network;
  run_pass("pack_tokens", network);

  ASSERT_EQ(network.outputs.size(), 3u);
  EXPECT_EQ(network.outputs[0].name, "y");
  EXPECT_EQ(network.outputs[2].name, "packed.y");
  EXPECT_TRUE(network.outputs[2].on_demand);
  EXPECT_EQ(to_string(network.value(network.outputs[2].value).type), "f32[tokens, 6]");
  ASSERT_EQ(network.entries.size(), 2u);
  EXPECT_EQ(network.entries[0].name, "packed.ids");
  EXPECT_EQ(network.entries[0].absent, ir::InputDefault::positions);
  EXPECT_EQ(network.entries[1].name, "cu_seqlens");
  EXPECT_EQ(network.entries[1].absent, ir::InputDefault::required);
  EXPECT_EQ(network.outputs[2].role, (ir::PortRole{Role::packed, "y"}));
  EXPECT_EQ(network.entries[0].role, (ir::PortRole{Role::packed, "ids"}));
  EXPECT_EQ(network.entries[1].role, (ir::PortRole{Role::bounds, "tokens"}));

  // The same rows from packed ids as from padded ones: two sequences of 3 and 2 tokens.
  auto padded_ids = test::make_tensor("ids", DType::i32, {2, 3}, {4, 5, 6, 7, 8, 0});
  auto mask = test::make_tensor("mask", DType::i32, {2, 3}, {1, 1, 1, 1, 1, 0});
  auto packed_ids = test::make_tensor("packed.ids", DType::i32, {5}, {4, 5, 6, 7, 8});
  auto cu_seqlens = test::make_tensor("cu_seqlens", DType::i32, {3}, {0, 3, 5});
  NamedTensors a = test::run_network(network, {{"ids", padded_ids}, {"mask", mask}}, {"packed.y", "pooled"});
  NamedTensors b =
      test::run_network(network, {{"packed.ids", packed_ids}, {"cu_seqlens", cu_seqlens}}, {"packed.y", "pooled"});
  EXPECT_EQ(test::norm_error(a.at("packed.y"), b.at("packed.y")), 0);
  EXPECT_EQ(test::norm_error(a.at("pooled"), b.at("pooled")), 0);
}

/// What packing adds is known by its role: a network may use all the names.
TEST(PassesPackTokens, NamesOfTheNetworkAreItsOwn) {
  const Dim tokens = Dim::symbol("tokens"), rows = Dim::symbol("rows");
  NetworkBuilder b;
  const ValueId mask = b.input("cu_seqlens", {rows, tokens}, DType::i32, ir::InputDefault::ones);
  const ValueId x = b.input("rows", {rows, tokens, 6});
  const ValueId y = b.add(ops::Attention{.heads = 2, .scale = 0.5, .mask = ops::AttentionMask::keys}, {x, x, x, mask});
  b.output("y", b.masked(y, mask));
  b.output("packed.y", b.sqrt(b.product(x, x)));
  ir::Network packed = b.network;
  EXPECT_GT(run_pass("pack_tokens", packed), 0);
  EXPECT_GT(run_pass("select_rows", packed), 0);
  std::map<std::string, ir::PortRole> roles;
  for (const ir::Entry& entry : packed.entries) roles[entry.name] = entry.role;
  for (const ir::Output& output : packed.outputs) roles[output.name] = output.role;
  for (const ir::Input& input : packed.inputs) roles[packed.value(input.value).name] = input.role;
  EXPECT_EQ(roles.size(), 11u) << ir::print(packed);
  EXPECT_EQ(roles["packed.rows"], (ir::PortRole{Role::packed, "rows"}));
  EXPECT_EQ(roles["cu_seqlens.1"], (ir::PortRole{Role::bounds, "tokens_1"}));
  EXPECT_EQ(roles["rows.1"], (ir::PortRole{Role::rows, "tokens_1"}));
  EXPECT_EQ(roles["packed.y.1"], (ir::PortRole{Role::packed, "y"}));
  EXPECT_EQ(roles["rows.y"], (ir::PortRole{Role::rows, "y"}));

  auto values = test::make_tensor("rows", DType::f32, {2, 2, 6}, std::vector<double>(24, 0.5));
  auto kept = test::make_tensor("cu_seqlens", DType::i32, {2, 2}, {1, 1, 1, 0});
  auto ends = test::make_tensor("cu_seqlens.1", DType::i32, {3}, {0, 2, 3});
  auto three = test::make_tensor("packed.rows", DType::f32, {3, 6}, std::vector<double>(18, 0.5));
  auto last = test::make_tensor("rows.1", DType::i32, {1}, {2});
  NamedTensors a = test::run_network(packed, {{"rows", values}, {"cu_seqlens", kept}, {"rows.1", last}},
                                     {"packed.y.1", "rows.y", "y"});
  EXPECT_EQ(test::norm_error(a.at("y"), test::run_network(b.network, {{"rows", values}, {"cu_seqlens", kept}}).at("y")),
            0);
  NamedTensors c = test::run_network(packed, {{"packed.rows", three}, {"cu_seqlens.1", ends}, {"rows.1", last}},
                                     {"packed.y.1", "rows.y"});
  for (const char* name : {"packed.y.1", "rows.y"}) EXPECT_EQ(test::norm_error(a.at(name), c.at(name)), 0) << name;
}

TEST(PassesPackTokens, OutputsWithoutMaskAreZeroInHiddenRows) {
  Padded p;
  p.b.output("y", p.attend(p.x));
  ir::Network masked = p.b.network;
  NetworkBuilder shown;
  shown.network = masked;
  masked.outputs[0].value = shown.masked(masked.outputs[0].value, p.mask);
  shown.network.outputs = masked.outputs;
  ir::Network packed = p.b.network;
  EXPECT_GT(run_pass("pack_tokens", packed), 0);
  for (uint64_t seed : {1u, 2u}) {
    NamedTensors given = random_inputs(packed, seed);
    EXPECT_LE(
        test::norm_error(test::run_network(packed, given).at("y"), test::run_network(shown.network, given).at("y")),
        1e-6);
  }
}

TEST(PassesPackTokens, StaysPaddedWhereHiddenRowsMatter) {
  auto run = [](auto&& finish, std::string_view kind_that_stays) {
    Padded p;
    finish(p, p.attend(p.b.product(p.x, p.b.number(2))));
    ir::Network network = p.b.network;
    std::vector<std::string> reports;
    run_pass("pack_tokens", network, &reports);
    bool said = std::any_of(reports.begin(), reports.end(),
                            [](const std::string& line) { return line.find("stays padded") != std::string::npos; });
    EXPECT_TRUE(said) << ir::print(network);
    EXPECT_EQ(count(network, kind_that_stays), 1u);
    // Without empty rows: the mean over all positions of an attention is defined for hidden queries too.
    expect_equal(p.b.network, network);
  };
  run(
      [](Padded& p, ValueId y) {
        p.b.output("y", p.b.add(ops::Reduce{ops::ReduceKind::mean, {1}, false}, {y}));
      },
      "reduce");
  run([](Padded& p, ValueId y) { p.b.output("y", p.b.add(ops::Softmax{1}, {y})); }, "softmax");
  run([](Padded& p, ValueId y) { p.b.output("y", p.b.transpose(y, {1, 0, 2})); }, "transpose");
  run([](Padded& p, ValueId y) { p.b.output("y", p.b.add(ops::Slice{{0, 0, 0}, {kBatch, 1, 6}, {}}, {y})); }, "slice");
}

TEST(PassesPackTokens, PacksThePartThatMay) {
  // The first attention is read by a mean over all positions; the second only by masked readers.
  Padded p;
  ValueId first = p.attend(p.x), second = p.attend(p.b.sum(first, p.x));
  p.b.output("mean", p.b.add(ops::Reduce{ops::ReduceKind::mean, {1}, false}, {first}));
  p.show(p.b.sum(second, first));
  ir::Network network = p.b.network;
  std::vector<std::string> reports;
  EXPECT_GT(run_pass("pack_tokens", network, &reports), 0);
  std::vector<ops::AttentionMask> masks;
  for (ir::NodeId id : network.nodes())
    if (const auto* op = network.node(id).op.as<ops::Attention>()) masks.push_back(op->mask);
  EXPECT_EQ(masks, (std::vector{ops::AttentionMask::keys, ops::AttentionMask::packed}));
  expect_equal(p.b.network, network);
}

TEST(PassesPackTokens, LeavesWhatHasNoMask) {
  Padded p;
  p.b.output("y", p.b.add(ops::Attention{.heads = 2, .scale = 1}, {p.x, p.x, p.x}));
  expect_refuses("pack_tokens", p.b.network);
}

TEST(PassesPackTokens, WindowsCountPositions) {
  for (bool causal : {false, true})
    for (int64_t right : {-1, 2}) {
      Padded p;  // masks have holes: tokens that stand side by side were apart
      ops::Attention window{.heads = 2, .scale = 1, .mask = ops::AttentionMask::keys, .causal = causal};
      window.window_left = 1;
      window.window_right = right;
      p.show(p.b.add(window, {p.x, p.x, p.x, p.mask}));
      expect_packed(p.b.network);
    }
}

TEST(PassesPackTokens, TablesHaveARowAPlace) {
  for (bool of_each : {false, true}) {
    Padded p;
    const std::vector<Dim> table = {of_each ? kBatch : Dim(1), kSeq, 2};
    const ValueId cosine = p.b.input("cosine", table), sine = p.b.input("sine", table);
    const ops::Rotary turn{.heads = 2, .width = 2};
    const ValueId q = p.b.add(turn, {p.x, cosine, sine}), k = p.b.add(turn, {p.b.sum(p.x, p.x), cosine, sine});
    p.show(p.b.add(ops::Attention{.heads = 2, .scale = 1, .mask = ops::AttentionMask::keys}, {q, k, p.x, p.mask}));
    ir::Network after = p.b.network;
    EXPECT_GT(run_pass("pack_tokens", after), 0);
    EXPECT_EQ(count(after, "expand"), of_each ? 0u : 2u);
    for (ir::NodeId id : after.nodes())
      if (after.node(id).op.is<ops::Rotary>()) {
        EXPECT_EQ(after.value(after.node(id).outputs[0]).type.rank(), 2);
      }
    expect_equal(p.b.network, after);
  }
}

TEST(PassesPackTokens, CausalAttentionKeepsItsOrder) {
  Padded p;
  ops::Attention causal{.heads = 2, .scale = 1, .mask = ops::AttentionMask::keys, .causal = true};
  p.show(p.b.add(causal, {p.x, p.x, p.x, p.mask}));
  expect_packed(p.b.network);
}

TEST(PassesPackTokens, PoolingModes) {
  for (auto mode : {ops::PoolMode::first, ops::PoolMode::last, ops::PoolMode::mean, ops::PoolMode::mean_sqrt,
                    ops::PoolMode::max, ops::PoolMode::weighted_mean}) {
    Padded p;
    p.b.output("pooled", p.pool(p.attend(p.x), mode));
    expect_packed(p.b.network);
  }
}

}  // namespace
}  // namespace lathe::passes::testing
