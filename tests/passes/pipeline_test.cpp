#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "compiler/reference_evaluator.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "lathe/error.h"
#include "lathe/log.h"
#include "ops/attention.h"
#include "ops/linear.h"
#include "ops/unary.h"
#include "passes/stages.h"
#include "tests/io/scratch.h"
#include "tests/passes/pass_testing.h"
#include "tests/support/tensors.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;
using Steps = std::vector<std::string>;

std::set<std::string> pass_names() {
  std::set<std::string> names;
  for (const Pass& pass : pipeline()) names.emplace(pass.name);
  return names;
}

/// "linear(bias+gelu)" for the nodes that one output is made of, in order; packing and slices by their kinds.
Steps steps_of(const ir::Network& network, const std::string& name) {
  std::set<ValueId> wanted;
  for (const ir::Output& output : network.outputs)
    if (output.name == name) wanted.insert(output.value);
  std::vector<ir::NodeId> nodes = network.nodes();
  Steps steps;
  for (auto id = nodes.rbegin(); id != nodes.rend(); ++id) {
    const ir::Node& node = network.node(*id);
    bool read = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId v) { return wanted.count(v) > 0; });
    if (!read) continue;
    wanted.insert(node.inputs.begin(), node.inputs.end());
    const auto* linear = node.op.as<ops::Linear>();
    const auto* attention = node.op.as<ops::Attention>();
    std::string step(node.op.name());
    if (linear) step += "(" + to_string(linear->epilogue) + ")";
    if (attention) step += "(" + to_string(attention->mask) + ")";
    steps.insert(steps.begin(), step);
  }
  std::sort(steps.begin(), std::find(steps.begin(), steps.end(), "embedding"));  // packing of inputs: in any order
  return steps;
}

TEST(PassesPipeline, MiniBertBecomesItsFusedSteps) {
  ir::Network network = test::mini_bert({.head = test::MiniHead::fill_mask});
  run_all(network);
  Steps expected = {"gather", "gather", "gather", "pack_index", "reshape", "reshape", "reshape", "embedding"};
  for (int layer = 0; layer < 2; ++layer)
    for (const char* step :
         {"linear(bias)", "slice", "slice", "slice", "attention(packed)", "linear(bias+residual+layer_norm(1e-12))",
          "linear(bias+gelu)", "linear(bias+residual+layer_norm(1e-12))"})
      expected.emplace_back(step);
  expected.insert(expected.end(), {"linear(bias+gelu+layer_norm(1e-12))", "linear(bias)", "unpack_rows"});
  EXPECT_EQ(steps_of(network, "logits"), expected) << ir::print(network);
}

TEST(PassesPipeline, EntriesAndOutputs) {
  ir::Network network = test::mini_bert();
  run_all(network);
  Steps entries, outputs;
  for (const ir::Entry& entry : network.entries) entries.push_back(entry.name + "=" + to_string(entry.absent));
  for (const ir::Output& output : network.outputs) outputs.push_back(output.name + (output.on_demand ? "?" : ""));
  EXPECT_EQ(entries, (Steps{"packed.input_ids=required", "packed.token_type_ids=zeros", "packed.position_ids=positions",
                            "cu_seqlens=required"}));
  EXPECT_EQ(outputs,
            (Steps{"last_hidden_state", "pooler_output", "packed.last_hidden_state?", "rows.last_hidden_state?"}));
}

TEST(PassesPipeline, OriginsSurvive) {
  ir::Network network = test::mini_bert();
  run_all(network);
  for (ir::NodeId id : network.nodes()) EXPECT_FALSE(network.node(id).origins.empty()) << network.node(id).name;
  std::set<std::string> names;
  for (ir::NodeId id : network.nodes()) names.insert(network.node(id).name);
  for (const char* name : {"bert.embeddings.embedding", "bert.encoder.layer.0.attention.self.linear",
                           "bert.encoder.layer.0.attention.self.attention", "bert.encoder.layer.1.intermediate.linear",
                           "bert.encoder.layer.1.output.linear", "bert.pooler.linear"})
    EXPECT_TRUE(names.count(name)) << name;
}

/// Of a network of n nodes, one constant is read by a third of them.
double seconds_of_passes(int nodes) {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, 4});
  const ValueId shared = b.weight("shared", {4});
  for (int i = 0; i < nodes / 3; ++i)
    x = b.sqrt(b.sum(b.product(x, shared), b.weight(fmt::format("w{}", i), {4}, 1, 2)));
  b.output("y", x);
  const auto start = std::chrono::steady_clock::now();
  run_all(b.network);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Four times the nodes take four times as long where passes are linear, sixteen times where they are quadratic.
TEST(PassesPipeline, TimeGrowsWithTheNodes) {
  double least = 1e9;
  for (int attempt = 0; attempt < 3; ++attempt) {
    const double few = seconds_of_passes(3000), many = seconds_of_passes(12000);
    least = std::min(least, many / few);
  }
  EXPECT_LT(least, 8);
}

TEST(PassesPipeline, SecondRunChangesNothing) {
  ir::Network network = test::mini_bert({.head = test::MiniHead::fill_mask});
  run_all(network);
  std::string once = ir::print(network);
  run_all(network, "-select_rows");
  EXPECT_EQ(ir::print(network), once);
}

TEST(PassesPipeline, RunsTwiceToTheSameBytes) {
  ir::Network a = test::mini_bert(), b = test::mini_bert();
  run_all(a);
  run_all(b);
  EXPECT_EQ(ir::print(a), ir::print(b));
}

struct Variant {
  const char* name;
  test::MiniBertOptions options;
};

class PassesSubsets : public ::testing::TestWithParam<Variant> {};

/// Every pass off alone, every pass on alone, all off, and random subsets.
TEST_P(PassesSubsets, GiveEqualResults) {
  ir::Network before = test::mini_bert(GetParam().options);
  const std::set<std::string> names = pass_names();
  std::set<std::string> switch_sets = {""};
  std::string all;
  for (const std::string& name : names) {
    switch_sets.insert("-" + name);
    all += ",-" + name;
  }
  switch_sets.insert(all.substr(1));
  for (const std::string& only : names) {
    std::string others;
    for (const std::string& name : names)
      if (name != only) others += (others.empty() ? "-" : ",-") + name;
    switch_sets.insert(others);
  }
  test::Random random(7);
  for (int i = 0; i < 24; ++i) {
    std::string some;
    for (const std::string& name : names)
      if (random.uniform() < 0.4) some += (some.empty() ? "-" : ",-") + name;
    switch_sets.insert(some);
  }
  // Rows: full, right padding, left padding, holes, empty, full.
  NamedTensors given = random_inputs(before, 3);
  NamedTensors expected = test::run_network(before, given);
  for (const std::string& switches : switch_sets) {
    ir::Network network = before;
    run_all(network, switches);
    NamedTensors found = test::run_network(network, given);
    for (const auto& [name, tensor] : expected)
      EXPECT_LE(test::norm_error(found.at(name), tensor), 1e-5) << name << " with " << switches;
  }
}

TEST_P(PassesSubsets, GiveEqualResultsOnEveryMask) {
  ir::Network before = test::mini_bert(GetParam().options), after = before;
  run_all(after);
  test::Random random(11);
  const int64_t seq = 7;
  const std::vector<std::vector<double>> masks = {{1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 0, 0, 0, 0}, {0, 0, 0, 0, 1, 1, 1},
                                                  {0, 1, 0, 0, 1, 0, 1}, {0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 0, 0}};
  auto ids = [&](int64_t batch) { return random.integer_tensor("input_ids", DType::i32, {batch, seq}, 0, 30); };
  std::vector<double> together;
  for (const std::vector<double>& mask : masks) {
    together.insert(together.end(), mask.begin(), mask.end());
    expect_equal(before, after,
                 {{"input_ids", ids(1)}, {"attention_mask", test::make_tensor("", DType::i32, {1, seq}, mask)}});
  }
  auto batch = static_cast<int64_t>(masks.size());
  NamedTensors given = {{"input_ids", ids(batch)},
                        {"attention_mask", test::make_tensor("", DType::i32, {batch, seq}, together)},
                        {"token_type_ids", random.integer_tensor("", DType::i32, {batch, seq}, 0, 1)},
                        {"position_ids", random.integer_tensor("", DType::i32, {batch, seq}, 0, 18)}};
  expect_equal(before, after, given);
}

INSTANTIATE_TEST_SUITE_P(
    Models, PassesSubsets,
    ::testing::Values(
        Variant{"hidden", {.head = test::MiniHead::hidden}},
        Variant{"fill_mask_tanh_f16",
                {.activation = Activation::gelu_tanh, .head = test::MiniHead::fill_mask, .stored = DType::f16}},
        Variant{"classify_relu", {.heads = 2, .activation = Activation::relu, .head = test::MiniHead::classify}}),
    [](const auto& of) { return std::string(of.param.name); });

TEST(PassesPipeline, SwitchesAreChecked) {
  ir::Network network = test::mini_bert();
  try {
    run_all(network, "-fuse_qkv,-fuse_everything");
    FAIL() << "an unknown pass was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_NE(std::string(error.what()).find("-fuse_everything"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("-fuse_layer_norm"), std::string::npos);
  }
  EXPECT_THROW(run_all(network, "fuse_qkv"), Error);
  EXPECT_NO_THROW(run_all(network, ",-fuse_qkv,"));
}

TEST(PassesPipeline, KnobLeavesPassesOut) {
  ::setenv("LATHE_PASSES", "-fuse_gelu,-pack_tokens", 1);
  ir::Network network = test::mini_bert();
  std::vector<std::string> changed;
  EXPECT_NO_THROW(changed = run_all(network));
  ::unsetenv("LATHE_PASSES");
  EXPECT_EQ(std::count(changed.begin(), changed.end(), "fuse_gelu"), 0);
  EXPECT_EQ(count(network, "pack_index"), 0u);
  EXPECT_EQ(count(network, "attention"), 2u);
}

TEST(PassesPipeline, DumpsAndLogsWhatChanged) {
  const io_test::Scratch scratch;
  const std::string folder = scratch.path();
  std::vector<std::string> lines;
  set_logger([&](LogLevel, std::string_view line) { lines.emplace_back(line); }, LogLevel::verbose);
  ir::Network network = test::mini_bert();
  PassContext context;
  context.evaluator = &compiler::reference_evaluator();
  context.padding = Padding::dropped;
  std::vector<PassRecord> records =
      run_pipeline(network, context, {.switches = "-select_rows", .dump_folder = folder + "/inner"});
  set_logger({});
  size_t changed = 0;
  for (const PassRecord& record : records) changed += record.rewrites > 0;
  size_t files = 0;
  std::string last;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/inner")) {
    ++files;
    last = std::max(last, entry.path().string());
  }
  EXPECT_EQ(files, changed + 1);
  EXPECT_EQ(read_text_file(last, 1 << 20), ir::print(network));
  auto said = [&](std::string_view text) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& l) { return l.find(text) != std::string::npos; });
  };
  EXPECT_TRUE(said("fuse_gelu: 5 nodes of layer 1's intermediate became activation(gelu)"));
  EXPECT_TRUE(said("fuse_qkv: 3 products of layer 0's attention self became one"));
  EXPECT_TRUE(said("fuse_embeddings: 3 lookups and layer_norm of embeddings became embedding"));
  EXPECT_TRUE(said("select_rows: left out on request"));
}

TEST(PassesPipeline, StagesRefuseForeignOps) {
  NetworkBuilder b;
  b.output("y", b.sqrt(b.input("x", {kBatch, 6})));
  EXPECT_NO_THROW(check_stage("fuse_gelu", {"unary"}, b.network));
  EXPECT_THROW(check_stage("fuse_gelu", {}, b.network), Error);
}

TEST(PassesPipeline, DeepNetworksTakeLittleTime) {
  ir::Network network = test::mini_bert({.layers = 48});
  auto start = std::chrono::steady_clock::now();
  run_all(network);
  EXPECT_EQ(count(network, "attention"), 48u);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

}  // namespace
}  // namespace lathe::passes::testing
