// Sizes that nothing shows to be equal: a run compares them, and says which inputs differ.
#include <gtest/gtest.h>

#include "compiler/compile.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "lathe/error.h"
#include "ops/binary.h"
#include "plan/file.h"
#include "tests/errors/refusal.h"
#include "tests/io/scratch.h"
#include "tests/support/allocations.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {
using namespace test;

/// Through the printed text and a file.
Engine saved(std::string_view text) {
  const std::string printed = ir::print(ir::parse(text));
  EXPECT_EQ(ir::print(ir::parse(printed)), printed);
  const io_test::Scratch scratch;
  plan::write_file(text_plan(printed), scratch.path("text.plan"));
  return Engine(Plan::load(scratch.path("text.plan"), {.map = false}));
}

void expect_unequal(Context& context, const Line& line) {
  const Status status = context.run();
  EXPECT_EQ(status.code(), ErrorCode::shape_mismatch) << status.message();
  if (!status.ok()) expect_line(status.message(), line);
}

constexpr std::string_view kSum =
    "input %a: f32[n]\n"
    "input %b: f32[m]\n"
    "%add.out: f32[n] = binary(kind=add) (%a, %b)\n"
    "output y = %add.out\n";

TEST(RuntimeEqualities, OfTwoInputs) {
  Context context = saved(kSum).context({.threads = 1});
  const std::vector<float> a = {1, 2, 3}, b = {10, 20, 30, 40};
  context.set_input("a", tensor_of(DType::f32, {3}, a));
  context.set_input("b", tensor_of(DType::f32, {3}, b));
  ASSERT_TRUE(context.run().ok());
  EXPECT_EQ(values_of<float>(context, "y"), (std::vector<float>{11, 22, 33}));
  context.set_input("b", tensor_of(DType::f32, {4}, b));
  expect_unequal(context, {"a", "dimension 0 is 3, b: dimension 0 is 4", "'add' needs n == m"});
  context.set_input("b", tensor_of(DType::f32, {3}, b));
  EXPECT_TRUE(context.run().ok());
}

/// One symbol stands for both from then on: what follows is proved, and is not compared again.
TEST(RuntimeEqualities, AreSubstituted) {
  const ir::Network network = ir::parse(
      "input %a: f32[n, 2]\n"
      "input %b: f32[m, 2]\n"
      "input %c: f32[k, m]\n"
      "%add.out: f32[m, 2] = binary(kind=add) (%a, %b)\n"
      "%flat.out: f32[2*n] = reshape(shape=[2*m]) (%add.out)\n"
      "%c2.out: f32[k, 2] = matmul (%c, %add.out)\n"
      "output y = %flat.out\n"
      "output z = %c2.out\n");
  ASSERT_EQ(network.equalities.size(), 1u);
  EXPECT_EQ(network.equalities[0].by, "add");
  const std::string text = ir::print(network);
  EXPECT_NE(text.find("input %b: f32[n, 2] declared [m, 2]\n"), std::string::npos) << text;
  EXPECT_NE(text.find("%flat.out: f32[2*n] = reshape(shape=[2*n]) (%add.out)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("equal n == m by add\n"), std::string::npos) << text;
}

/// The weight says what a symbol is.
TEST(RuntimeEqualities, OfAnInputAndAConstant) {
  Context context = saved(
                        "input %x: f32[rows, features]\n"
                        "constant %w: f32[3, 2] = [1, 0, 0, 1, 2, 2]\n"
                        "%y.out: f32[rows, 2] = matmul (%x, %w)\n"
                        "output y = %y.out\n")
                        .context({.threads = 1});
  const std::vector<float> x = {1, 2, 3, 4, 5, 6, 7, 8};
  context.set_input("x", tensor_of(DType::f32, {2, 3}, x));
  ASSERT_TRUE(context.run().ok());
  EXPECT_EQ(values_of<float>(context, "y"), (std::vector<float>{7, 8, 16, 17}));
  context.set_input("x", tensor_of(DType::f32, {2, 4}, x));
  expect_unequal(context, {"x", "dimension 1 is 4", "'y' needs features == 3"});
}

/// Of sums and products nothing is substituted: the step that needs them equal is not run with others.
TEST(RuntimeEqualities, OfCounts) {
  const Engine engine = saved(
      "input %x: f32[n, m]\n"
      "input %like: f32[k, 2]\n"
      "%r.out: f32[k, 2] = reshape(shape=[k, 2]) (%x)\n"
      "%y.out: f32[k, 2] = binary(kind=mul) (%r.out, %like)\n"
      "%z.out: f32[n, m] = binary(kind=add) (%x, %x)\n"
      "output y = %y.out\n"
      "output z = %z.out\n");
  Context context = engine.context({.threads = 2});
  const std::vector<float> x = {1, 2, 3, 4, 5, 6}, like = {1, 10, 100, 1, 10, 100};
  context.set_input("x", tensor_of(DType::f32, {2, 3}, x));
  context.set_input("like", tensor_of(DType::f32, {3, 2}, like));
  ASSERT_TRUE(context.run().ok());
  EXPECT_EQ(values_of<float>(context, "y"), (std::vector<float>{1, 20, 300, 4, 50, 600}));
  context.set_input("like", tensor_of(DType::f32, {2, 2}, like));
  expect_unequal(context, {"x", "dimension 1 is 3, x: dimension 0 is 2, like: dimension 0 is 2, r: m*n is 6, 2*k is 4",
                           "'r' needs m*n == 2*k"});
  // Where no step needs it, nothing is compared.
  context.request({"z"});
  EXPECT_TRUE(context.run().ok());
}

/// A shape with -1 whose rest does not divide.
TEST(RuntimeEqualities, WholeParts) {
  Context context = saved(
                        "input %x: f32[n]\n"
                        "%r.out: f32[floordiv(n, 4), 4] = reshape(shape=[-1, 4]) (%x)\n"
                        "output y = %r.out\n")
                        .context({.threads = 1});
  const std::vector<float> x = {1, 2, 3, 4, 5, 6, 7, 8};
  context.set_input("x", tensor_of(DType::f32, {8}, x));
  ASSERT_TRUE(context.run().ok());
  EXPECT_EQ(values_of<float>(context, "y"), x);
  context.set_input("x", tensor_of(DType::f32, {7}, x));
  expect_unequal(context, {"x", "dimension 0 is 7, r: n is 7, 4*floordiv(n, 4) is 4", "'r' needs n == "});
}

/// A count is compared when it is known, before the step that needs it.
TEST(RuntimeEqualities, OfWhatARunCounts) {
  const Engine engine = saved(
      "input %x: f32[n]\n"
      "input %b: f32[m]\n"
      "%places.out: i64[1, count] = non_zero (%x)\n"
      "%flat.out: i64[count] = reshape(shape=[count]) (%places.out)\n"
      "%values.out: f32[count] = gather (%x, %flat.out)\n"
      "%y.out: f32[count] = binary(kind=add) (%values.out, %b)\n"
      "output y = %y.out\n");
  for (int threads : {1, 3}) {
    Context context = engine.context({.threads = threads});
    const std::vector<float> b = {10, 20, 30}, two = {0, 1, 2, 0}, three = {3, 1, 2, 0};
    context.set_input("b", tensor_of(DType::f32, {2}, b));
    for (int round = 0; round < 3; ++round) {
      context.set_input("x", tensor_of(DType::f32, {4}, two));
      ASSERT_TRUE(context.run().ok());
      EXPECT_EQ(values_of<float>(context, "y"), (std::vector<float>{11, 22}));
      context.set_input("x", tensor_of(DType::f32, {4}, three));
      expect_unequal(context, {"count", "its size is 3, b: dimension 0 is 2", "'y' needs count == m"});
    }
  }
}

/// Comparing takes no memory, nor do sizes that steps are handed.
TEST(RuntimeEqualities, NothingIsAllocatedOnceShapesWereSeen) {
  Context context = saved(
                        "input %x: f32[n]\n"
                        "input %b: f32[m]\n"
                        "input %c: f32[k, 2]\n"
                        "%places.out: i64[1, count] = non_zero (%x)\n"
                        "%flat.out: i64[count] = reshape(shape=[count]) (%places.out)\n"
                        "%values.out: f32[count] = gather (%x, %flat.out)\n"
                        "%y.out: f32[count] = binary(kind=add) (%values.out, %b)\n"
                        "%z.out: f32[k, 2] = reshape(shape=[k, 2]) (%x)\n"
                        "%w.out: f32[k, 2] = binary(kind=add) (%z.out, %c)\n"
                        "%last.out: f32[1] = slice(start=[n - 1], size=[1]) (%x)\n"
                        "%steps.out: i64[k] = range(start=[count], limit=[count + k]) ()\n"
                        "output y = %y.out\n"
                        "output w = %w.out\n"
                        "output last = %last.out\n"
                        "output steps = %steps.out\n")
                        .context({.threads = 1});
  const std::vector<float> x = {0, 1, 2, 9}, b = {10, 20, 30}, c = {1, 2, 3, 4};
  context.set_input("x", tensor_of(DType::f32, {4}, x));
  context.set_input("b", tensor_of(DType::f32, {3}, b));
  context.set_input("c", tensor_of(DType::f32, {2, 2}, c));
  ASSERT_TRUE(context.run().ok());
  const int64_t before = allocations();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(context.run().ok());
  EXPECT_EQ(allocations(), before);
  EXPECT_EQ(values_of<float>(context, "y"), (std::vector<float>{11, 22, 39}));
  EXPECT_EQ(values_of<float>(context, "w"), (std::vector<float>{1, 3, 5, 13}));
  EXPECT_EQ(values_of<float>(context, "last"), (std::vector<float>{9}));
}

TEST(RuntimeEqualities, WhatIsNeverEqualIsRefusedAtOnce) {
  const auto refused = [](const std::string& text) {
    try {
      ir::parse(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_NE(std::string_view(error.what()).find("do not broadcast"), std::string_view::npos) << error.what();
    }
  };
  for (const char* other : {"n + 1", "2*n + 1", "2*n"})
    refused("input %a: f32[n]\ninput %b: f32[" + std::string(other) + "]\n%y.out: f32[n] = binary (%a, %b)\n");
  refused(
      "input %a: f32[n]\ninput %b: f32[3]\ninput %c: f32[4]\n%x.out: f32[3] = binary (%a, %b)\n"
      "%y.out: f32[3] = binary (%a, %c)\n");
}

/// One name for two sizes, which what is there already does not allow: nothing is left of it.
TEST(RuntimeEqualities, NamesThatContradict) {
  ir::Network network;
  const Dim n = Dim::symbol("n"), m = Dim::symbol("m");
  const auto input = [&](const char* name, const Dim& d) { return network.add_input(name, {DType::f32, {d}}); };
  const ir::ValueId a = input("a", n * n), b = input("b", m + Dim(2)), c = input("c", n), d = input("d", m);
  network.mark_output("y", network.add1(ops::Binary{}, {a, b}, "first"));
  const std::string before = ir::print(network);
  EXPECT_NE(before.find("equal n*n == m + 2 by first"), std::string::npos) << before;
  network.mark_output("z", network.add1(ops::Binary{}, {c, input("one", Dim(1))}, "second"));
  EXPECT_TRUE(network.equalities.empty());  // 1 broadcasts
  network.outputs.pop_back();
  const ir::ValueId zero = input("zero", Dim(0));
  try {
    network.add1(ops::Binary{}, {c, zero}, "third");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::shape_mismatch);
    EXPECT_NE(std::string_view(error.what()).find("it needs what 'first' does not allow"), std::string_view::npos)
        << error.what();
  }
  EXPECT_TRUE(network.equalities.empty());
  EXPECT_EQ(network.value(c).type.shape[0], n);
  network.add1(ops::Binary{}, {c, d}, "fourth");
  EXPECT_EQ(network.value(d).type.shape[0], n);
  EXPECT_EQ(network.value(b).type.shape[0], n + Dim(2));
}

TEST(RuntimeEqualities, LinesThatNoNodeNeeds) {
  const auto refused = [](const std::string& line) {
    try {
      ir::parse("input %a: f32[n*n]\ninput %b: f32[m + k]\n" + line + "\noutput y = %a\n");
      ADD_FAILURE() << line;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt_file) << error.what();
    }
  };
  for (const char* line : {"equal n*n == m + k by x", "equal 3 == 4 by x", "equal n == by x", "equal n == m",
                           "equal n by x == m", "equal == by"})
    refused(line);
  // Names of one size need no node: it may be gone.
  EXPECT_EQ(ir::parse("input %a: f32[n]\ninput %b: f32[m]\nequal n == m by x\noutput y = %b\n").equalities.size(), 1u);
}

/// What a profile says of either name holds.
TEST(RuntimeEqualities, ProfilesOfBothNames) {
  compiler::CompileOptions options;
  options.profiles = {{{"n", {1, 2, 8}}, {"m", {2, 4, 5}}}};
  const plan::Plan plan = compiler::compile(ir::parse(kSum), options);
  const plan::Extent& n = plan.profiles[0].at("n");
  EXPECT_EQ(n.min, 2);
  EXPECT_EQ(n.opt, 4);
  EXPECT_EQ(n.max, 5);
  EXPECT_EQ(plan.profiles[0].count("m"), 0u);
}

}  // namespace
}  // namespace lathe
