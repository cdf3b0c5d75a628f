#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/reference_evaluator.h"
#include "ir/verify.h"
#include "ops/linear.h"
#include "ops/rnn.h"
#include "passes/passes.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;
using ops::Rnn;
using ops::RnnCell;
using ops::RnnDirection;

/// A machine with products, and recurrences as it pleases.
class RecurrentTarget : public Target {
 public:
  bool whole = false, projected = true, products = true;
  bool takes(const ops::Op& op, std::span<const TargetOperand> inputs,
             std::span<const TargetOperand> outputs) const override {
    if (op.is<ops::Linear>()) return products && inputs.size() == 2 && inputs[1].constant;
    const auto* rnn = op.as<Rnn>();
    if (!rnn) return false;
    // What it is asked about is what the op's rule takes.
    ops::Types types, results;
    for (const TargetOperand& operand : inputs) types.push_back(operand.type);
    for (const TargetOperand& operand : outputs) results.push_back(operand.type);
    ops::Equalities compared;
    EXPECT_EQ(op.infer(types, compared), results);
    return rnn->projected ? projected && inputs[1].constant : whole;
  }
};

int project(ir::Network& network, const Target& target) {
  PassContext context;
  context.evaluator = &compiler::reference_evaluator();
  context.target = &target;
  const int rewrites = project_rnn(network, context);
  ir::verify(network);
  return rewrites;
}

/// A layer of x [batch, seq, 6] or [seq, batch, 6] with 5 units.
ir::Network layer(const Rnn& op, bool constant = true) {
  NetworkBuilder b;
  const int64_t d = op.directions(), g = op.gates() * 5;
  const ValueId x = op.batch_first ? b.input("x", {kBatch, kSeq, 6}) : b.input("x", {kSeq, kBatch, 6});
  std::vector<ValueId> inputs = {x, constant ? b.weight("w", {d, g, 6}) : b.input("w", {d, g, 6}),
                                 b.weight("r", {d, g, 5})};
  if (op.bias) inputs.push_back(b.weight("b", {d, 2 * g}));
  if (op.initial_h) inputs.push_back(b.input("h", {d, kBatch, 5}));
  if (op.initial_c) inputs.push_back(b.input("c", {d, kBatch, 5}));
  const std::vector<ValueId> y = b.network.add(op, inputs, "layer");
  for (size_t i = 0; i < y.size(); ++i) b.output("y" + std::to_string(i), y[i]);
  return b.network;
}

TEST(PassesProjectRnn, SplitsLayersIntoAProductAndARecurrence) {
  for (RnnCell cell : {RnnCell::rnn, RnnCell::gru, RnnCell::lstm})
    for (bool all : {false, true}) {
      const ir::Network whole = layer({.cell = cell,
                                       .direction = all ? RnnDirection::both : RnnDirection::forward,
                                       .batch_first = !all,
                                       .bias = all,
                                       .initial_h = all,
                                       .initial_c = all && cell == RnnCell::lstm});
      ir::Network network = whole;
      EXPECT_EQ(project(network, RecurrentTarget()), 1);
      EXPECT_EQ(count(network, "rnn"), 1U);
      EXPECT_EQ(count(network, "linear"), 1U);
      expect_equal(whole, network);
      EXPECT_EQ(project(network, RecurrentTarget()), 0);
      run_pass("fold_constants", network);
      EXPECT_EQ(kinds_in_order(network), (std::vector<std::string>{"linear", "rnn"}));
      EXPECT_EQ(network.node(network.nodes()[1]).name, whole.node(whole.nodes()[0]).name);
    }
}

TEST(PassesProjectRnn, LeavesWhatTheTargetDoesBetterWhole) {
  RecurrentTarget takes_whole, no_recurrence, no_products;
  takes_whole.whole = true;
  no_recurrence.projected = false;
  no_products.products = false;
  for (const RecurrentTarget& target : {takes_whole, no_recurrence, no_products}) {
    ir::Network network = layer({});
    EXPECT_EQ(project(network, target), 0);
  }
}

TEST(PassesProjectRnn, LeavesWeightsThatAreComputedAndNetworksWithoutATarget) {
  ir::Network network = layer({}, false);
  EXPECT_EQ(project(network, RecurrentTarget()), 0);
  expect_refuses("project_rnn", layer({}));
}

}  // namespace
}  // namespace lathe::passes::testing
