// Steps that run blocks of others: if and loop.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "compiler/compile.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "ops/cast.h"
#include "ops/if.h"
#include "ops/loop.h"
#include "ops/recipe.h"
#include "ops/unary.h"
#include "plan/file.h"
#include "tests/errors/refusal.h"
#include "tests/io/scratch.h"
#include "tests/support/allocations.h"
#include "tests/support/run_network.h"
#include "tests/support/tensors.h"
#include "tests/support/test_device.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {
using namespace test;

constexpr std::string_view kChoice =
    "network choice\n"
    "input %positive: bool[]\n"
    "input %x: f32[n, 2]\n"
    "constant %w: f32[2, 3] = [1, 2, 3, 4, 5, 6]\n"
    "%double.out: f32[n, 2] = binary(kind=add) (%x, %x)\n"
    "%choice.out: f32[n, 3] = if(results=[f32[n, 3]]) (%positive, %double.out, %w)\n"
    "block\n"
    "  input %x: f32[n, 2]\n"
    "  input %w: f32[2, 3]\n"
    "  %y.out: f32[n, 3] = matmul (%x, %w)\n"
    "  output y = %y.out\n"
    "end\n"
    "block\n"
    "  input %x: f32[n, 2]\n"
    "  input %w: f32[2, 3]\n"
    "  %minus.out: f32[n, 2] = unary(kind=neg) (%x)\n"
    "  %y.out: f32[n, 3] = matmul (%minus.out, %w)\n"
    "  output y = %y.out\n"
    "end\n"
    "%after.out: f32[n, 3] = unary(kind=neg) (%choice.out)\n"
    "output y = %after.out\n";

/// sum += i * y, swapped = (b, a), while the sum's first element is not `stop`; all partial sums are stacked.
constexpr std::string_view kSums =
    "network sums\n"
    "input %trips: i64[]\n"
    "input %a: f32[n]\n"
    "input %b: f32[n]\n"
    "input %stop: f32[1]\n"
    "constant %yes: bool[] = 0x01\n"
    "%sum: f32[n], %p: f32[n], %q: f32[n], %all: f32[iterations, n], %ps: f32[iterations, n] = "
    "loop(carried=3, results=[f32[n], f32[n], f32[n], f32[iterations, n], f32[iterations, n]], most=[10]) "
    "(%trips, %yes, %a, %a, %b, %b, %stop) @sums\n"
    "block\n"
    "  input %i: i64[]\n"
    "  input %sum: f32[n]\n"
    "  input %p: f32[n]\n"
    "  input %q: f32[n]\n"
    "  input %y: f32[n]\n"
    "  input %stop: f32[1]\n"
    "  %number.out: f32[] = cast(to=f32) (%i)\n"
    "  %term.out: f32[n] = binary(kind=mul) (%y, %number.out)\n"
    "  %next.out: f32[n] = binary(kind=add) (%sum, %term.out)\n"
    "  %first.out: f32[1] = slice(start=[0], size=[1]) (%next.out)\n"
    "  %rest.out: f32[1] = binary(kind=sub) (%first.out, %stop)\n"
    "  %flag.out: bool[1] = cast(to=bool) (%rest.out)\n"
    "  %going.out: bool[] = reshape (%flag.out)\n"
    "  output going = %going.out\n"
    "  output sum = %next.out\n"
    "  output p = %q\n"
    "  output q = %p\n"
    "  output all = %next.out\n"
    "  output ps = %p\n"
    "end\n"
    "output sum = %sum\n"
    "output p = %p\n"
    "output q = %q\n"
    "output all = %all\n"
    "output ps = %ps\n";

/// Printed, parsed, compiled, saved and loaded.
Engine engine_by_file(std::string_view text) {
  const ir::Network network = ir::parse(text);
  EXPECT_EQ(ir::print(ir::parse(ir::print(network))), ir::print(network));
  return test::engine_by_file(compiler::compile(network, {}));
}

TEST(RuntimeBlocks, If) {
  const Engine engine = engine_by_file(kChoice);
  const std::vector<float> x = {1, 2, 3, 4};
  for (int threads : {1, 3}) {
    Context context = engine.context({.threads = threads});
    for (const uint8_t positive : std::vector<uint8_t>{1, 0, 7, 0}) {
      context.set_input("positive", {DType::boolean, {}, &positive});
      context.set_input("x", tensor_of(DType::f32, {2, 2}, x));
      const Status status = context.run();
      ASSERT_TRUE(status.ok()) << status.message();
      std::vector<float> expected = {-18, -24, -30, -38, -52, -66};
      for (float& v : expected) v = positive ? v : -v;
      EXPECT_EQ(values_of<float>(context, "y"), expected);
    }
  }
}

/// Constants that a block reads become its own: a product with weights is one.
TEST(RuntimeBlocks, BlocksAreOptimised) {
  const plan::Plan plan = text_plan(kChoice);
  int products = 0;
  plan::for_each_step(plan.steps, [&](const plan::Step& step) { products += step.op.name() == "linear"; });
  EXPECT_EQ(products, 2);
}

struct Sums {
  std::vector<float> sum, p, q, all, ps;
  Sums(int64_t trips, std::vector<float> a, std::vector<float> b, float stop) : sum(a), p(std::move(a)), q(b) {
    for (int64_t i = 0; i < trips; ++i) {
      for (size_t j = 0; j < sum.size(); ++j) sum[j] += static_cast<float>(i) * b[j];
      all.insert(all.end(), sum.begin(), sum.end());
      ps.insert(ps.end(), p.begin(), p.end());
      std::swap(p, q);
      if (sum[0] == stop) break;
    }
  }
};

TEST(RuntimeBlocks, Loop) {
  const std::vector<float> a = {1, -2, 3}, b = {10, 20, 30};
  const ir::Network network = ir::parse(kSums);
  const Engine engine = engine_by_file(kSums);
  for (int threads : {1, 2, 4}) {
    Context context = engine.context({.threads = threads});
    for (const auto& [trips, stop] :
         std::vector<std::pair<int64_t, float>>{{4, -1}, {0, -1}, {-5, -1}, {10, -1}, {10, 31}, {1, 1}, {3, -1}}) {
      context.set_input("trips", {DType::i64, {}, &trips});
      context.set_input("a", tensor_of(DType::f32, {3}, a));
      context.set_input("b", tensor_of(DType::f32, {3}, b));
      context.set_input("stop", {DType::f32, {1}, &stop});
      const int64_t before = allocations();
      const Status status = context.run();
      ASSERT_TRUE(status.ok()) << status.message();
      if (trips == 3) {
        EXPECT_EQ(allocations(), before) << "shapes were seen";
      }
      const Sums expected(trips, a, b, stop);
      const auto rows = static_cast<int64_t>(expected.all.size() / 3);
      EXPECT_EQ(values_of<float>(context, "sum"), expected.sum);
      EXPECT_EQ(values_of<float>(context, "p"), expected.p);
      EXPECT_EQ(values_of<float>(context, "q"), expected.q);
      EXPECT_EQ(values_of<float>(context, "all"), expected.all);
      EXPECT_EQ(values_of<float>(context, "ps"), expected.ps);
      EXPECT_EQ(to_string(context.output("all").shape), to_string(Shape{rows, 3}));
      const NamedTensors reference =
          run_network(network, {{"trips", make_tensor("trips", DType::i64, {}, {static_cast<double>(trips)})},
                                {"a", make_tensor("a", DType::f32, {3}, {1, -2, 3})},
                                {"b", make_tensor("b", DType::f32, {3}, {10, 20, 30})},
                                {"stop", make_tensor("stop", DType::f32, {1}, {static_cast<double>(stop)})}});
      const std::vector<double> all = to_doubles(reference.at("all"));
      EXPECT_EQ(std::vector<float>(all.begin(), all.end()), expected.all);
    }
  }
}

TEST(RuntimeBlocks, ALoopThatDoesNotEnd) {
  Context context = engine_by_file(kSums).context({.threads = 2});
  const int64_t trips = 11;
  const float one = 1;
  context.set_input("trips", {DType::i64, {}, &trips});
  for (const char* name : {"a", "b", "stop"}) context.set_input(name, {DType::f32, {1}, &one});
  EXPECT_TRUE(context.run().ok()) << "the condition ends it";
  const float never = -1;
  context.set_input("stop", {DType::f32, {1}, &never});
  const Status status = context.run();
  EXPECT_EQ(status.code(), ErrorCode::out_of_range);
  expect_line(status.message(), {"sums", "it runs more than 10 times", "check"});
}

/// A loop around a choice, built by code, in which steps on a device stand beside those that run blocks.
TEST(RuntimeBlocks, ByCodeNestedAndBesideADevice) {
  using Blocks = std::vector<std::shared_ptr<const ir::Network>>;
  const ops::TensorType row{DType::f32, {Dim::symbol("n")}}, flag{DType::boolean, {}}, number{DType::i64, {}};
  const auto branch = [&](ops::Op op) {
    auto network = std::make_shared<ir::Network>();
    network->become_block();
    const ir::ValueId x = network->add_input("x", row);
    network->mark_output("y", network->add1(std::move(op), {x}, "step"));
    return network;
  };
  auto body = std::make_shared<ir::Network>();
  body->become_block();
  const ir::ValueId i = body->add_input("i", number), x = body->add_input("x", row);
  const ir::ValueId odd = body->add1(ops::Cast{DType::boolean}, {i}, "odd");
  const Blocks choice = {branch(ops::Unary{ops::UnaryKind::neg}), branch(ops::Unary{ops::UnaryKind::exp})};
  const ir::ValueId y = body->add(ops::If{{row}}, {odd, x}, "choice", {}, choice)[0];
  static constexpr uint8_t kYes = 1;
  const ir::ValueId yes = body->add_constant("yes", flag, {Blob::copy_of(&kYes, 1), nullptr});
  body->mark_output("going", yes);
  body->mark_output("y", y);

  ir::Network network;
  const ir::ValueId trips = network.add_input("trips", number), start = network.add_input("x", row);
  const ir::ValueId always = network.add_constant("always", flag, {Blob::copy_of(&kYes, 1), nullptr});
  const ir::ValueId minus = network.add1(ops::Unary{ops::UnaryKind::neg}, {start}, "minus");
  const ir::ValueId last =
      network.add(ops::Loop{1, {row}, "count", {Dim(8)}}, {trips, always, minus}, "loop", {}, {body})[0];
  network.mark_output("y", network.add1(ops::Unary{ops::UnaryKind::neg}, {last}, "again"));
  EXPECT_EQ(ir::print(ir::parse(ir::print(network))), ir::print(network));

  for (const Where& where : {Where([](size_t) { return false; }), Where(everywhere)}) {
    Context context = engine_of(device_plan(network, where)).context({.threads = 2});
    const int64_t three = 3;
    const std::vector<float> values = {0, 0.5f, -1};
    context.set_input("trips", {DType::i64, {}, &three});
    context.set_input("x", tensor_of(DType::f32, {3}, values));
    const Status status = context.run();
    ASSERT_TRUE(status.ok()) << status.message();
    const std::vector<float> result = values_of<float>(context, "y");
    // exp in the iteration of number 0, then neg twice.
    for (size_t k = 0; k < 3; ++k) EXPECT_NEAR(result[k], -std::exp(-values[k]), 1e-6);
  }
}

TEST(RuntimeBlocks, TextsThatAreRefused) {
  const auto changed = [](std::string_view of, const char* from, const char* to) {
    std::string text(of);
    text.replace(text.find(from), std::string_view(from).size(), to);
    return text;
  };
  const auto refused = [](const std::string& text, const char* problem) {
    try {
      compiler::compile(ir::parse(text), {});
      ADD_FAILURE() << problem;
    } catch (const Error& error) {
      EXPECT_NE(std::string_view(error.what()).find(problem), std::string_view::npos) << error.what();
    }
  };
  refused(changed(kChoice, "end\n%after", "%after"), "");
  refused(changed(kChoice, "end\nblock", "block"), "is not made before");
  refused("network n\nblock\nend\n", "a block follows no node");
  refused(changed(kChoice, "  output y = %y.out\nend\n", "end\n"), "other inputs or outputs");
  refused(changed(kChoice, "results=[f32[n, 3]]", "results=[f32[n, 4]]"), "");
  refused(changed(kChoice, "%positive: bool[]", "%positive: i32[]"), "the condition is not bool[]");
  refused(changed(changed(kSums, "  input %y: f32[n]", "  input %y: f32[n]\n  input %z: f32[iterations]"),
                  "f32[iterations, n], f32[iterations, n]]", "f32[iterations, n], f32[iterations, iterations]]"),
          "has the size of all iterations");
  refused(changed(kSums, "most=[10]", "most=[iterations]"), "it is given sizes of iterations, which it counts");
  std::string deep = "network deep\ninput %x: f32[n]\n%y.out: f32[n] = unary(kind=neg) (%x)\n";
  for (int i = 0; i < 1000; ++i) deep += "block\ninput %x: f32[n]\n%y.out: f32[n] = unary(kind=neg) (%x)\n";
  refused(deep, "deep");
  refused(
      "network counts\ninput %c: bool[]\ninput %x: f32[n]\n"
      "%y.out: i64[1, k] = if(results=[i64[1, k]]) (%c, %x)\n"
      "block\n  input %x: f32[n]\n  %p.out: i64[1, k] = non_zero(symbol=k) (%x)\n  output y = %p.out\nend\n"
      "block\n  input %x: f32[n]\n  %p.out: i64[1, k] = non_zero(symbol=k) (%x)\n  output y = %p.out\nend\n"
      "output y = %y.out\n",
      "finds a size as it runs");
}

/// Carried values that steps before made, of one size, the second first: all are read before one is written over.
TEST(RuntimeBlocks, CarriedValuesOfSteps) {
  const Engine engine = engine_by_file(
      "network carried\n"
      "input %trips: i64[]\ninput %x: f32[n]\n"
      "constant %yes: bool[] = 0x01\n"
      "%second.out: f32[n] = unary(kind=neg) (%x)\n"
      "%first.out: f32[n] = binary(kind=add) (%x, %x)\n"
      "%same.out: i64[] = binary(kind=add) (%trips, %trips)\n"
      "%a: f32[n], %b: f32[n], %i: i64[] = loop(carried=3, results=[f32[n], f32[n], i64[]]) "
      "(%same.out, %yes, %first.out, %second.out, %same.out) @loop\n"
      "block\n  input %i: i64[]\n  input %p: f32[n]\n  input %q: f32[n]\n  input %k: i64[]\n"
      "  constant %yes: bool[] = 0x01\n"
      "  %sum.out: f32[n] = binary(kind=add) (%p, %q)\n"
      "  output going = %yes\n  output p = %sum.out\n  output q = %p\n  output k = %i\nend\n"
      "output a = %a\noutput b = %b\noutput i = %i\n");
  const std::vector<float> x = {1, -2, 3};
  for (int threads : {1, 3}) {
    Context context = engine.context({.threads = threads});
    for (int64_t trips : {0, 1, 2, 0}) {
      context.set_input("trips", {DType::i64, {}, &trips});
      context.set_input("x", tensor_of(DType::f32, {3}, x));
      const Status status = context.run();
      ASSERT_TRUE(status.ok()) << status.message();
      std::vector<float> a, b;
      for (float v : x) {
        float p = 2 * v, q = -v;
        for (int64_t i = 0; i < 2 * trips; ++i) q = std::exchange(p, p + q);
        a.push_back(p), b.push_back(q);
      }
      EXPECT_EQ(values_of<float>(context, "a"), a) << trips;
      EXPECT_EQ(values_of<float>(context, "b"), b) << trips;
      EXPECT_EQ(values_of<int64_t>(context, "i"), std::vector<int64_t>{trips == 0 ? 0 : 2 * trips - 1});
    }
  }
}

/// A bound that a run finds below 0 allows no iteration.
TEST(RuntimeBlocks, BoundsBelowZero) {
  std::string text(kSums);
  text.replace(text.find("most=[10]"), 9, "most=[n - 5]");
  try {
    Context context = engine_of(compiler::compile(ir::parse(text), {})).context({.threads = 2});
    const int64_t trips = 3;
    const float one = 1, never = -1;
    context.set_input("trips", {DType::i64, {}, &trips});
    for (const char* name : {"a", "b"}) context.set_input(name, {DType::f32, {1}, &one});
    context.set_input("stop", {DType::f32, {1}, &never});
    EXPECT_FALSE(context.run().ok());
  } catch (const Error& error) {
    EXPECT_NE(error.code(), ErrorCode::internal) << error.what();
  }
  text.replace(text.find("most=[n - 5]"), 12, "most=[-1]");
  EXPECT_THROW(ir::parse(text), Error);
}

/// Sizes that have one name since an earlier node needs them equal, and sizes that only a block needs equal.
/// Who guards a size by a choice has it computed only where it holds.
TEST(RuntimeBlocks, NegativeSizesOfABranchThatIsNotTaken) {
  Context context = text_engine(
                        "input %p: bool[]\n"
                        "input %x: f32[n]\n"
                        "%f.out: f32[1] = if(results=[f32[1]]) (%p, %x)\n"
                        "block\n"
                        "  input %x: f32[n]\n"
                        "  %rest.out: f32[n - 3] = slice(start=[3], size=[n - 3]) (%x)\n"
                        "  %y.out: f32[1] = reduce(kind=sum, axes=[0], keep_dims=true) (%rest.out)\n"
                        "  output y = %y.out\n"
                        "end\n"
                        "block\n"
                        "  input %x: f32[n]\n"
                        "  %y.out: f32[1] = reduce(kind=sum, axes=[0], keep_dims=true) (%x)\n"
                        "  output y = %y.out\n"
                        "end\n"
                        "output y = %f.out\n")
                        .context({.threads = 2});
  const std::vector<float> x = {1, 2, 3, 4, 5};
  const auto run = [&](uint8_t taken, int64_t n) {
    context.set_input("p", {DType::boolean, {}, &taken});
    context.set_input("x", {DType::f32, {n}, x.data()});
    return context.run();
  };
  ASSERT_TRUE(run(0, 2).ok());
  EXPECT_EQ(values_of<float>(context, "y"), std::vector<float>{3});
  ASSERT_TRUE(run(1, 5).ok());
  EXPECT_EQ(values_of<float>(context, "y"), std::vector<float>{9});
  const Status status = run(1, 2);
  EXPECT_EQ(status.code(), ErrorCode::out_of_range);
  expect_line(status.message(), {"rest", "its size n - 3 is -1 here", "give other sizes"});
  ASSERT_TRUE(run(0, 2).ok());
}

/// Networks that are no blocks may have renamed what the node gives them.
TEST(RuntimeBlocks, NetworksThatAreNoBlocks) {
  const ops::TensorType row{DType::f32, {Dim::symbol("n")}};
  ir::Network network;
  const ir::ValueId flag = network.add_input("p", {DType::boolean, {}}), x = network.add_input("x", row);
  auto branch = std::make_shared<ir::Network>();
  branch->mark_output("y", branch->add_input("x", row));
  expect_refusal(ErrorCode::invalid_argument, {"choice", "is no block", "call become_block()"}, [&] {
    network.add(ops::If{{row}}, {flag, x}, "choice", {}, {branch, branch});
  });
}

TEST(RuntimeBlocks, SizesThatMustBeEqual) {
  const Engine engine = engine_by_file(
      "network equal\n"
      "input %c: bool[]\ninput %a: f32[n]\ninput %b: f32[m]\ninput %d: f32[k]\n"
      "%s.out: f32[n] = binary(kind=add) (%a, %b)\n"
      "%y.out: f32[n] = if(results=[f32[n]]) (%c, %b, %d)\n"
      "block\n  input %b: f32[m]\n  input %d: f32[k]\n"
      "  %t.out: f32[m] = binary(kind=add) (%b, %d)\n  output y = %t.out\nend\n"
      "block\n  input %b: f32[m]\n  input %d: f32[k]\n"
      "  %t.out: f32[m] = unary(kind=neg) (%b)\n  output y = %t.out\nend\n"
      "%z.out: f32[n] = binary(kind=add) (%y.out, %s.out)\n"
      "output z = %z.out\n");
  Context context = engine.context({.threads = 2});
  const std::vector<float> a = {1, 2}, b = {3, 4}, d = {5, 6, 7};
  context.set_input("a", tensor_of(DType::f32, {2}, a));
  context.set_input("b", tensor_of(DType::f32, {2}, b));
  for (const uint8_t c : std::vector<uint8_t>{1, 0}) {
    context.set_input("c", {DType::boolean, {}, &c});
    context.set_input("d", {DType::f32, {2}, d.data()});
    ASSERT_TRUE(context.run().ok());
    EXPECT_EQ(values_of<float>(context, "z"), c ? (std::vector<float>{12, 16}) : (std::vector<float>{1, 2}));
    // Only the branch that adds needs them equal.
    context.set_input("d", {DType::f32, {3}, d.data()});
    const Status status = context.run();
    EXPECT_EQ(status.code(), c ? ErrorCode::shape_mismatch : ErrorCode::ok) << status.message();
  }
}

/// A step of a branch that a run does not take has no time of that run.
TEST(RuntimeBlocks, TimesAreOfStepsThatRan) {
  Context context = engine_by_file(kChoice).context({.threads = 1, .profile = true});
  const std::vector<float> x = {1, 2, 3, 4};
  context.set_input("x", tensor_of(DType::f32, {2, 2}, x));
  const auto runs = [&](std::string_view name) {
    int64_t found = 0;
    for (const Context::StepTime& step : context.step_times())
      if (step.name == name) found += step.runs;
    return found;
  };
  const auto run = [&](uint8_t positive) {
    context.set_input("positive", {DType::boolean, {}, &positive});
    ASSERT_TRUE(context.run().ok());
  };
  run(1), run(1);
  EXPECT_EQ(runs("minus"), 0) << "it is in the branch that was not taken";
  EXPECT_EQ(runs("double"), 2);
  run(0);
  EXPECT_EQ(runs("minus"), 1);
  EXPECT_EQ(runs("double"), 3);
  // One step of the branch that was taken first, two of the other, and both around them.
  int64_t all = 0;
  for (const Context::StepTime& step : context.step_times()) all += step.runs;
  EXPECT_EQ(all, 2 * 3 + 4) << "choices themselves have no time";
}

/// Both branches read one constant: the plan has it once, under the name of its source.
TEST(RuntimeBlocks, ConstantsOfSeveralBlocksAreOneWeight) {
  std::string text(kChoice);
  for (const std::string_view from : {"constant %w", "%double.out, %w"})
    text.replace(text.find(from) + from.size() - 1, 1, "kernel");
  const plan::Plan plan = text_plan(text);
  ASSERT_EQ(plan.weights.size(), 1u);
  ASSERT_TRUE(plan.weights[0].recipe);
  EXPECT_EQ(ops::to_string(*plan.weights[0].recipe), "kernel");
  // Of one name, but not of one content.
  std::string apart(kChoice);
  apart.replace(apart.find("%double.out, %w"), 15, "%double.out");
  for (const char* content : {"[1, 2, 3, 4, 5, 6]", "[6, 5, 4, 3, 2, 1]"})
    apart.replace(apart.find("  input %w: f32[2, 3]"), 21, fmt::format("  constant %w: f32[2, 3] = {}", content));
  EXPECT_EQ(text_plan(apart).weights.size(), 2u);
}

/// What a device counts is known before a block that speaks of it begins, though the step reads nothing of that size.
TEST(RuntimeBlocks, SizesThatADeviceCounts) {
  const ir::Network network = ir::parse(
      "network counted\n"
      "input %c: bool[]\n"
      "input %x: f32[n]\n"
      "%places.out: i64[1, count] = non_zero(symbol=count) (%x)\n"
      "%y.out: f32[] = if(results=[f32[]]) (%c)\n"
      "block\n"
      "  %ones.out: f32[count] = fill(shape=[count], start=1) ()\n"
      "  %sum.out: f32[] = reduce(kind=sum, axes=[0], keep_dims=false) (%ones.out)\n"
      "  output y = %sum.out\n"
      "end\n"
      "block\n"
      "  constant %none: f32[] = [-1]\n"
      "  output y = %none\n"
      "end\n"
      "output y = %y.out\n");
  for (const Where& where : {Where([](size_t) { return false; }), Where(everywhere)}) {
    const plan::Plan plan = device_plan(network, where);
    Context context = engine_of(plan).context({.threads = 2});
    for (const std::vector<float>& x :
         std::vector<std::vector<float>>{{0, 3, 0, -4, 5}, {0, 0, 0, 0, 0}, {1, 2, 3, 4, 5}}) {
      context.set_input("x", tensor_of(DType::f32, {5}, x));
      for (const uint8_t c : std::vector<uint8_t>{1, 0}) {
        context.set_input("c", {DType::boolean, {}, &c});
        const Status status = context.run();
        ASSERT_TRUE(status.ok()) << status.message();
        const auto count = static_cast<float>(std::count_if(x.begin(), x.end(), [](float v) { return v != 0; }));
        EXPECT_EQ(values_of<float>(context, "y"), std::vector<float>{c ? count : -1});
      }
    }
    if (plan.steps[0].device == plan::kHost) continue;
    plan::Plan hasty = plan;
    for (plan::Step& step : hasty.steps)
      if (!step.blocks.empty()) step.waits.clear();
    expect_refusal(ErrorCode::corrupt_file, {"hasty", "does not wait for what it reads", "build the plan again"},
                   [&] { plan::validate(hasty, "hasty"); });
  }
}

TEST(RuntimeBlocks, HostilePlans) {
  const plan::Plan good = text_plan(kSums);
  size_t control = 0;
  while (good.steps[control].blocks.empty()) ++control;
  const auto refused = [&](const char* problem, auto change) {
    plan::Plan bad = good;
    change(bad, bad.steps[control], bad.steps[control].blocks[0]);
    expect_refusal(ErrorCode::corrupt_file, {"bad", problem, "build the plan again"},
                   [&] { plan::validate(bad, "bad"); });
  };
  refused("has other blocks than its op", [](auto&, plan::Step& s, auto&) { s.blocks.clear(); });
  refused("has a block of other inputs or outputs", [](auto&, auto&, plan::Block& b) { b.inputs.pop_back(); });
  refused("gives a block another type", [](auto&, auto&, plan::Block& b) { b.inputs[1] = -1; });
  refused("gives a block another tensor", [](auto&, auto&, plan::Block& b) { b.inputs[4] = b.inputs[1]; });
  refused("writes a tensor twice", [](auto&, auto&, plan::Block& b) { b.inputs[2] = b.inputs[1]; });
  refused("gives a block no memory of its own",
          [](auto&, plan::Step& s, plan::Block& b) { b.inputs[1] = s.inputs[2]; });
  // What is carried is copied as it lies: of one size, without what fills blocks up.
  const auto lies_in_blocks = [](plan::Plan& p, int tensor) {
    plan::Tensor& t = p.tensors[static_cast<size_t>(tensor)];
    ASSERT_GT(t.type.rank(), 0) << t.name;
    t.format = {{}, 0, 4};
  };
  refused("gives a block no memory of its own",
          [&](plan::Plan& p, auto&, plan::Block& b) { lies_in_blocks(p, b.inputs[2]); });
  refused("gives or takes of blocks what is packed or turned",
          [&](plan::Plan& p, plan::Step& s, auto&) { lies_in_blocks(p, s.outputs[0]); });
  refused("has a block that gives another type", [](auto&, auto&, plan::Block& b) { b.outputs[0] = b.outputs[1]; });
  refused("within a block and waits", [](auto&, auto&, plan::Block& b) { b.steps[0].waits = {0}; });
  refused("writes a tensor twice", [](auto&, plan::Step& s, plan::Block& b) {
    const int inner = b.steps[1].outputs[0];
    for (plan::Step& step : b.steps)
      for (std::vector<int>* list : {&step.inputs, &step.outputs})
        std::replace(list->begin(), list->end(), inner, s.outputs[0]);
  });
  refused("is made by no step", [](plan::Plan& p, auto&, plan::Block& b) { p.outputs[0].tensor = b.outputs[1]; });
  refused("reads what that is not given", [](plan::Plan& p, plan::Step& s, plan::Block& b) {
    // A tensor of the plan that the step does not read.
    p.inputs.push_back({"more", static_cast<int>(p.tensors.size()), ops::InputDefault::required, plan::Form::any, {}});
    p.tensors.push_back(p.tensors[static_cast<size_t>(s.inputs[3])]);
    for (plan::Step& step : b.steps)
      for (int& t : step.inputs)
        if (t == s.inputs[5]) t = static_cast<int>(p.tensors.size()) - 1;
  });
  refused("writes what callers bind", [](plan::Plan& p, auto&, plan::Block& b) {
    p.inputs.push_back({"inner", b.steps[0].outputs[0], ops::InputDefault::required, plan::Form::any, {}});
  });
}

}  // namespace
}  // namespace lathe
