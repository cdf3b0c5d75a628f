#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/reference_evaluator.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "ops/activation.h"
#include "ops/layer_norm.h"
#include "ops/linear.h"
#include "ops/sequence_pool.h"
#include "passes/passes.h"
#include "tests/passes/pass_testing.h"
#include "tests/support/tensors.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A machine that takes all but some kinds of op, and some epilogues.
class PretendedTarget : public Target {
 public:
  std::set<std::string_view> lacks;
  std::set<std::string> epilogues = {"", "bias", "bias+gelu", "bias+residual"};
  bool narrow_products = true;
  std::set<DType> types = {DType::f32, DType::bf16, DType::i32, DType::i64, DType::boolean};

  bool takes(const ops::Op& op, std::span<const TargetOperand> inputs,
             std::span<const TargetOperand> outputs) const override {
    for (std::span<const TargetOperand> list : {inputs, outputs})
      for (const TargetOperand& operand : list)
        if (!types.contains(operand.type.dtype)) return false;
    const auto* linear = op.as<ops::Linear>();
    if (!linear) return !lacks.contains(op.name());
    if (!inputs[1].constant || (!narrow_products && inputs[0].type.dtype != DType::f32)) return false;
    return epilogues.contains(to_string(linear->epilogue));
  }
};

struct Net {
  NetworkBuilder b;
  PretendedTarget target;
  ValueId x = b.input("x", {kBatch, kSeq, 6}), r = b.input("r", {kBatch, kSeq, 6});
  std::vector<std::string> reports;

  ValueId norm(ValueId y) {
    return b.add(ops::LayerNorm{.epsilon = 1e-5}, {y, b.weight("gamma", {6}, 1), b.weight("beta", {6})});
  }
  ValueId act(ValueId y, Activation kind = Activation::gelu) { return b.add(ops::Act{kind}, {y}); }

  /// The network of `y` with whole epilogues, and then legal.
  ir::Network legal(ValueId y) {
    b.output("y", y);
    ir::Network network = b.network;
    network.remove_dead();
    for (const char* pass : {"fuse_linear", "fuse_epilogue"}) run_pass(pass, network);
    const ir::Network whole = network;
    PassContext context;
    context.target = &target;
    context.report = [this](std::string line) { reports.push_back(std::move(line)); };
    legalise(network, context);
    ir::verify(network);
    expect_equal(whole, network);
    return network;
  }
};

/// "linear(bias+residual)", "activation", ...
std::vector<std::string> steps_of(const ir::Network& network) {
  std::vector<std::string> steps;
  for (ir::NodeId id : network.nodes()) {
    const auto* linear = network.node(id).op.as<ops::Linear>();
    steps.push_back(linear ? "linear(" + to_string(linear->epilogue) + ")" : network.node(id).op.str());
  }
  return steps;
}

TEST(PassesLegalise, CutsAnEpilogueAtTheLongestPrefixThatIsTaken) {
  Net n;
  const ir::Network network = n.legal(n.act(n.b.sum(n.b.linear(n.x, 6), n.r), Activation::relu));
  EXPECT_THAT(steps_of(network), ElementsAre("linear(bias+residual)", "activation(kind=relu)"));
  EXPECT_THAT(n.reports, ElementsAre(HasSubstr("was split: no kernel takes linear(epilogue=bias+residual+relu")));
  EXPECT_EQ(network.node(network.nodes()[0]).name, "net.linear");
  EXPECT_EQ(network.node(network.nodes()[0]).origins, network.node(network.nodes()[1]).origins);
}

TEST(PassesLegalise, LeavesWhatIsTaken) {
  Net n;
  EXPECT_THAT(steps_of(n.legal(n.b.sum(n.b.linear(n.x, 6), n.r))), ElementsAre("linear(bias+residual)"));
  EXPECT_TRUE(n.reports.empty());
}

TEST(PassesLegalise, TheRestIsFusedWhereThatIsTaken) {
  for (const bool taken : {true, false}) {
    Net n;
    if (!taken) n.target.lacks = {"layer_norm"};
    const ir::Network network = n.legal(n.norm(n.b.sum(n.act(n.b.linear(n.x, 6)), n.r)));
    EXPECT_EQ(steps_of(network).at(0), "linear(bias+gelu)");
    EXPECT_EQ(count(network, "layer_norm"), taken ? 1u : 0u) << ir::print(network);
    EXPECT_EQ(count(network, "reduce"), taken ? 0u : 2u);
    EXPECT_EQ(n.reports.size(), taken ? 1u : 2u);
  }
}

TEST(PassesLegalise, RecordsOfEveryKindMayBeLeft) {
  Net n;
  n.target.epilogues = {""};
  ValueId y = n.b.sum(n.act(n.b.linear(n.x, 6)), n.r);
  y = n.b.sum(n.norm(n.b.sum(y, n.b.weight("late", {6}))), n.x);
  EXPECT_THAT(steps_of(n.legal(y)), ElementsAre("linear()", "binary", "activation(kind=gelu)", "binary",
                                                "layer_norm(epsilon=1e-05, residual=true)", "binary"));
}

TEST(PassesLegalise, SpellsAnOpThatIsNotTaken) {
  Net n;
  n.target.lacks = {"activation", "sequence_pool"};
  const ValueId mask = n.b.input("mask", {kBatch, kSeq}, DType::i32, ir::InputDefault::ones);
  const ir::Network network = n.legal(n.b.add(ops::SequencePool{ops::PoolMode::mean}, {n.act(n.x), mask}));
  EXPECT_EQ(count(network, "activation") + count(network, "sequence_pool"), 0u);
  EXPECT_EQ(n.reports.size(), 2u);
}

TEST(PassesLegalise, ASpellingThatIsNotTakenWholeIsNone) {
  Net n;
  n.target.lacks = {"layer_norm", "reduce"};
  EXPECT_THAT(steps_of(n.legal(n.norm(n.x))), ElementsAre("layer_norm(epsilon=1e-05)"));
  EXPECT_TRUE(n.reports.empty());
}

TEST(PassesLegalise, AProductThatIsTakenInNoFormStays) {
  Net n;
  n.target.epilogues = {};
  n.target.lacks = {"matmul"};
  EXPECT_THAT(steps_of(n.legal(n.act(n.b.linear(n.x, 6)))), ElementsAre("linear(bias+gelu)"));
}

/// A spelling may be cut in turn: a product of f16 becomes one of f32, and that one is cut.
TEST(PassesLegalise, ASpellingIsCutInTurn) {
  Net n;
  const ValueId x = n.b.input("half", {kBatch, 6}, DType::f16), r = n.b.input("rest", {kBatch, 6}, DType::f16);
  const ValueId w = n.b.cast(n.b.weight("w", {6, 6}), DType::f16);
  ops::Linear op{.out = DType::f16};
  parse("residual+gelu", op.epilogue);
  n.target.types.insert(DType::f16);
  n.target.epilogues = {""};
  n.target.narrow_products = false;
  n.b.output("y", n.b.add(op, {x, w, r}));
  ir::Network network = n.b.network;
  run_pass("fold_constants", network);
  const ir::Network whole = network;
  PassContext context;
  context.evaluator = &compiler::reference_evaluator();
  context.target = &n.target;
  EXPECT_EQ(legalise(network, context), 2);
  fold_constants(network, context);
  ir::verify(network);
  EXPECT_THAT(steps_of(network),
              ElementsAre("cast", "cast", "linear()", "binary", "activation(kind=gelu)", "cast(to=f16)"));
  expect_equal(whole, network, random_inputs(whole), 1e-3);
}

/// What is left of an epilogue works in FP32, as the whole did, and is narrowed once.
TEST(PassesLegalise, ACutEpilogueOfANarrowProduct) {
  Net n;
  n.b.output("y", n.act(n.b.sum(n.b.linear(n.x, 6), n.r), Activation::tanh));
  n.b.output("z", n.b.linear(n.b.network.outputs[0].value, 6));
  n.b.network.outputs.erase(n.b.network.outputs.begin());
  ir::Network network = n.b.network;
  for (const char* pass : {"fuse_linear", "fuse_epilogue"}) run_pass(pass, network);
  PassContext context;
  context.storage = DType::bf16;
  context.evaluator = &compiler::reference_evaluator();
  context.target = &n.target;
  assign_precision(network, context);
  fold_constants(network, context);
  const ir::Network whole = network;
  EXPECT_EQ(legalise(network, context), 1);
  ir::verify(network);
  EXPECT_THAT(steps_of(network), ElementsAre("cast(to=bf16)", "cast(to=bf16)", "linear(bias+residual)",
                                             "activation(kind=tanh)", "cast(to=bf16)", "linear(bias)"));
  expect_equal(whole, network, random_inputs(whole), 1e-6);
}

TEST(PassesLegalise, WithoutATargetNothingIsAsked) {
  Net n;
  n.b.output("y", n.act(n.act(n.b.linear(n.x, 6))));
  ir::Network network = n.b.network;
  for (const char* pass : {"fuse_linear", "fuse_epilogue"}) run_pass(pass, network);
  EXPECT_EQ(run_pass("legalise", network), 0);
}

}  // namespace
}  // namespace lathe::passes::testing
