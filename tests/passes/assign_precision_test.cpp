#include <gtest/gtest.h>

#include "compiler/reference_evaluator.h"
#include "ir/parse.h"
#include "ir/verify.h"
#include "ops/cast.h"
#include "ops/linear.h"
#include "ops/softmax.h"
#include "tests/passes/pass_testing.h"
#include "tests/support/tensors.h"

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

/// The blocks of all nodes, and theirs, through the pass as the pipeline has it.
void narrow_blocks(ir::Network& network) {
  for (ir::NodeId id : network.nodes())
    for (std::shared_ptr<const ir::Network>& block : network.node(id).blocks) {
      ir::Network made = *block;
      narrow_blocks(made);
      narrowed(made);
      block = std::make_shared<ir::Network>(std::move(made));
    }
}

void expect_narrowed_with_blocks(std::string_view text, const NamedTensors& given) {
  const ir::Network before = ir::parse(text);
  ir::Network after = before;
  EXPECT_GT(narrowed(after), 0);
  narrow_blocks(after);
  ir::verify(after);
  expect_equal(before, after, given, 2e-2);
}

/// A node and its blocks give each other what they gave before, whatever both make of it.
TEST(PassesAssignPrecision, BlocksAreGivenWhatTheyWere) {
  constexpr std::string_view kText =
      "network choice\n"
      "input %flag: bool[]\n"
      "input %x: bf16[n, 4]\n"
      "input %f: f32[n, 4]\n"
      "constant %w: f32[4, 4] = random\n"
      "%wide.out: f32[n, 4] = linear (%f, %w)\n"
      "%again.out: f32[n, 4] = linear (%wide.out, %w)\n"
      "%held.out: bf16[n, 4] = cast(to=bf16) (%wide.out)\n"
      "%choice: bf16[n, 4], %plain: f32[n, 4] = if(results=[bf16[n, 4], f32[n, 4]]) "
      "(%flag, %x, %held.out, %again.out, %w) @choice\n"
      "block\n"
      "  input %x: bf16[n, 4]\n  input %c: bf16[n, 4]\n  input %l: f32[n, 4]\n  input %w: f32[4, 4]\n"
      "  %y.out: bf16[n, 4] = binary(kind=add) (%x, %c)\n"
      "  %z.out: f32[n, 4] = linear (%l, %w)\n"
      "  output y = %y.out\n  output z = %z.out\n"
      "end\n"
      "block\n"
      "  input %x: bf16[n, 4]\n  input %c: bf16[n, 4]\n  input %l: f32[n, 4]\n  input %w: f32[4, 4]\n"
      "  %p.out: bf16[n, 4] = linear(out=bf16) (%l, %w)\n"
      "  output y = %p.out\n  output z = %l\n"
      "end\n"
      "%last.out: f32[n, 4] = linear (%choice, %w)\n"
      "output y = %last.out\n"
      "output z = %plain\n";
  for (double flag : {0.0, 1.0})
    expect_narrowed_with_blocks(
        kText, {{"flag", test::make_tensor("flag", DType::boolean, {}, {flag})},
                {"x", test::make_tensor("x", DType::bf16, {2, 4}, {1, -2, 3, 4, 0.5, 6, -7, 8})},
                {"f", test::make_tensor("f", DType::f32, {2, 4}, {100, -200, 300, 50, 70, 600, -80, 90})}});
}

TEST(PassesAssignPrecision, CarriedValuesKeepTheirTypes) {
  constexpr std::string_view kText =
      "network sums\n"
      "input %trips: i64[]\n"
      "input %x: bf16[n, 4]\n"
      "constant %yes: bool[] = 0x01\n"
      "constant %w: f32[4, 4] = random\n"
      "%first.out: f32[n, 4] = linear (%x, %w)\n"
      "%sum: bf16[n, 4], %f: f32[n, 4], %all: bf16[iterations, n, 4] = "
      "loop(carried=2, results=[bf16[n, 4], f32[n, 4], bf16[iterations, n, 4]], most=[10]) "
      "(%trips, %yes, %x, %first.out) @sums\n"
      "block\n"
      "  input %i: i64[]\n  input %sum: bf16[n, 4]\n  input %f: f32[n, 4]\n"
      "  constant %yes: bool[] = 0x01\n"
      "  %next.out: bf16[n, 4] = binary(kind=add) (%sum, %sum)\n"
      "  output going = %yes\n  output sum = %next.out\n  output f = %f\n  output all = %sum\n"
      "end\n"
      "output sum = %sum\noutput f = %f\noutput all = %all\n";
  expect_narrowed_with_blocks(kText, {{"trips", test::make_tensor("trips", DType::i64, {}, {3})},
                                      {"x", test::make_tensor("x", DType::bf16, {1, 4}, {1, -2, 3, 4})}});
}

}  // namespace
}  // namespace lathe::passes::testing
