#include <gtest/gtest.h>

#include "compiler/reference_evaluator.h"
#include "ir/verify.h"
#include "ops/cast.h"
#include "ops/linear.h"
#include "ops/softmax.h"
#include "tests/passes/pass_testing.h"

namespace lathe::passes::testing {
namespace {

using ir::ValueId;

/// The pass as the pipeline has it, for bf16; what it reported.
int narrowed(ir::Network& network, std::vector<std::string>* reports = nullptr, DType storage = DType::bf16) {
  PassContext context;
  context.evaluator = &compiler::reference_evaluator();
  context.storage = storage;
  if (reports) context.report = [&](std::string line) { reports->push_back(std::move(line)); };
  int rewrites = 0;
  for (const Pass& pass : pipeline())
    if (pass.name == "assign_precision") rewrites = pass.run(network, context);
  ir::verify(network);
  return rewrites;
}

DType type_of(const ir::Network& network, ValueId value) { return network.value(value).type.dtype; }

TEST(PassesAssignPrecision, DoesNothingUnlessTheBuildStoresSomethingElse) {
  ir::Network network = test::mini_bert({});
  const std::vector<std::string> before = kinds_in_order(network);
  EXPECT_EQ(narrowed(network, nullptr, DType::f32), 0);
  EXPECT_EQ(kinds_in_order(network), before);
}

TEST(PassesAssignPrecision, ProductsReadAndStoreNarrowWithWideBiasesAndOutputs) {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, 6});
  const ops::Linear biased{.epilogue = {{{ops::EpilogueRecord::Kind::bias}}}};
  ValueId inner = b.add(biased, {x, b.weight("w", {6, 5}), b.weight("b", {5})});
  b.output("y", b.add(biased, {inner, b.weight("v", {5, 4}), b.weight("c", {4})}));
  std::vector<std::string> reports;
  EXPECT_GT(narrowed(b.network, &reports), 0);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_NE(reports[0].find("stored as bf16"), std::string::npos);
  int products = 0;
  for (ir::NodeId id : b.network.nodes()) {
    const ir::Node& node = b.network.node(id);
    if (!node.op.is<ops::Linear>()) continue;
    ++products;
    EXPECT_EQ(to_string(type_of(b.network, node.inputs[0])), "bf16");
    EXPECT_EQ(to_string(type_of(b.network, node.inputs[1])), "bf16");
    EXPECT_EQ(to_string(type_of(b.network, node.inputs[2])), "f32") << "a bias";
    // The last one stores f32 itself: no cast behind it.
    EXPECT_EQ(to_string(type_of(b.network, node.outputs[0])), products == 1 ? "bf16" : "f32");
  }
  EXPECT_EQ(products, 2);
  EXPECT_EQ(to_string(type_of(b.network, b.network.outputs[0].value)), "f32");
  EXPECT_EQ(count(b.network, "cast"), 3u) << "of x and of both weights";
}

TEST(PassesAssignPrecision, OtherOpsReadF32AndAWeightIsCastOnce) {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, 5}), w = b.weight("w", {5, 5});
  ValueId first = b.add(ops::Linear{}, {x, w});
  ValueId second = b.add(ops::Linear{}, {first, w});
  b.output("y", b.add(ops::Softmax{-1}, {second}));
  b.output("inner", first);
  ir::Network after = b.network;
  narrowed(after);
  for (ir::NodeId id : after.nodes())
    EXPECT_TRUE(!after.node(id).op.is<ops::Softmax>() || type_of(after, after.node(id).inputs[0]) == DType::f32);
  for (const ir::Output& output : after.outputs) EXPECT_EQ(to_string(type_of(after, output.value)), "f32");
  size_t casts_of_w = 0;
  for (ir::NodeId id : after.nodes()) casts_of_w += after.node(id).op.is<ops::Cast>() && after.node(id).inputs[0] == w;
  EXPECT_EQ(casts_of_w, 1u);
  expect_equal(b.network, after, random_inputs(b.network), 2e-2);
}

/// Of an epilogue with records in any order and number: x, the weight and all residuals are narrow, vectors are not.
TEST(PassesAssignPrecision, EveryResidualIsNarrow) {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, 6}), r = b.input("r", {kBatch, 6}), s = b.input("s", {kBatch, 6});
  ops::Linear op;
  parse("residual+bias+residual+layer_norm(1e-05)", op.epilogue);
  b.output("y",
           b.add(op, {x, b.weight("w", {6, 6}), r, b.weight("b", {6}), s, b.weight("g", {6}), b.weight("h", {6})}));
  narrowed(b.network);
  for (ir::NodeId id : b.network.nodes()) {
    const ir::Node& node = b.network.node(id);
    if (!node.op.is<ops::Linear>()) continue;
    std::string types;
    for (ValueId input : node.inputs) types += std::string(to_string(type_of(b.network, input))) + " ";
    EXPECT_EQ(types, "bf16 bf16 bf16 f32 bf16 f32 f32 ");
  }
}

/// What no kernel of the narrow type stores is left alone.
TEST(PassesAssignPrecision, ProductsThatStoreF64DoSoStill) {
  NetworkBuilder b;
  const ops::Linear op{.out = DType::f64};
  b.output("y", b.add(op, {b.input("x", {kBatch, 6}), b.weight("w", {6, 5})}));
  narrowed(b.network);
  EXPECT_EQ(to_string(type_of(b.network, b.network.outputs[0].value)), "f64");
}

TEST(PassesAssignPrecision, EntriesAreF32) {
  NetworkBuilder b;
  ValueId x = b.input("x", {kBatch, 6});
  ValueId inner = b.add(ops::Linear{}, {x, b.weight("w", {6, 5})});
  b.output("y", b.add(ops::Linear{}, {inner, b.weight("v", {5, 4})}));
  b.network.mark_entry("inner", inner, ir::InputDefault::required);
  ir::Network after = b.network;
  narrowed(after);
  const ValueId entry = after.entries[0].value;
  EXPECT_EQ(to_string(type_of(after, entry)), "f32");
  // The second product reads what is bound there, narrowed.
  size_t casts = 0;
  for (ir::NodeId id : after.users(entry)) casts += after.node(id).op.is<ops::Cast>();
  EXPECT_EQ(casts, 1u);
  for (ir::NodeId id : after.nodes())
    for (ValueId input : after.node(id).inputs)
      EXPECT_TRUE(!after.node(id).op.is<ops::Linear>() || type_of(after, input) == DType::bf16);
  expect_equal(b.network, after, random_inputs(b.network), 2e-2);
}

}  // namespace
}  // namespace lathe::passes::testing
