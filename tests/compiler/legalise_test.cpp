// Chains of ops that no kernel takes whole, from the network to the run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "compiler/compile.h"
#include "ops/activation.h"
#include "tests/io/scratch.h"
#include "tests/support/mini_bert.h"
#include "tests/support/run_network.h"
#include "tests/support/tensors.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {

using test::NetworkBuilder;
using ::testing::HasSubstr;

struct Chain {
  NetworkBuilder b;
  ir::ValueId x = b.input("x", {Dim::symbol("n"), 6}), r = b.input("r", {Dim::symbol("n"), 6});
  ir::ValueId act(ir::ValueId y, Activation kind) { return b.add(ops::Act{kind}, {y}); }

  /// The plan, whose run agrees with the network op by op on the reference.
  plan::Plan run(ir::ValueId y) {
    b.output("y", y);
    plan::Plan plan = compiler::compile(b.network, {});
    test::Random random(5);
    for (int64_t n : {1, 7, 33}) {
      const HostTensor a = random.normal_tensor("x", DType::f32, {n, 6}),
                       c = random.normal_tensor("r", DType::f32, {n, 6});
      const HostTensor expected = test::run_network(b.network, {{"x", a}, {"r", c}}).at("y");
      const Engine engine = test::engine_of(plan);
      Context context = engine.context();
      context.set_input("x", {a.dtype, a.shape, a.data.data});
      context.set_input("r", {c.dtype, c.shape, c.data.data});
      EXPECT_TRUE(context.run().ok());
      const std::vector<float> values = test::values_of<float>(context, "y");
      const HostTensor found{"y", DType::f32, expected.shape,
                             Blob::copy_of(std::as_bytes(std::span(values.data(), values.size())))};
      EXPECT_LE(test::norm_error(found, expected), 1e-5);
    }
    return plan;
  }
};

/// What the pass says of its splits; what `inspect` shows.
std::vector<std::string> splits_of(const plan::Plan& plan) {
  for (const plan::PassLine& line : plan.passes)
    if (line.pass == "legalise") return line.reports;
  return {};
}

bool all_have_kernels(const plan::Plan& plan) {
  return std::all_of(plan.steps.begin(), plan.steps.end(),
                     [](const plan::Step& step) { return step.tactic.starts_with("cpu."); });
}

TEST(CompilerLegalise, ResidualBeforeTheActivation) {
  Chain c;
  const plan::Plan plan = c.run(c.act(c.b.sum(c.b.linear(c.x, 6), c.r), Activation::relu));
  EXPECT_TRUE(all_have_kernels(plan));
  const bool whole = plan.steps.size() == 1;  // by a kernel of that order
  if (!whole) {
    ASSERT_EQ(splits_of(plan).size(), 1u);
    EXPECT_THAT(splits_of(plan)[0], HasSubstr("bias+residual+relu"));
  }
}

TEST(CompilerLegalise, AChainThatNoKernelTakesWhole) {
  Chain c;
  ir::ValueId y = c.act(c.act(c.b.linear(c.x, 6), Activation::gelu), Activation::tanh);
  y = c.act(c.b.layer_norm(c.b.sum(c.b.sum(y, c.r), c.x)), Activation::gelu_tanh);
  const plan::Plan plan = c.run(c.b.sum(y, c.b.weight("late", {6})));
  EXPECT_TRUE(all_have_kernels(plan));
  EXPECT_GT(plan.steps.size(), 1u);
  ASSERT_FALSE(splits_of(plan).empty());
  EXPECT_THAT(splits_of(plan)[0], HasSubstr("bias+gelu+tanh+residual+residual+layer_norm(1e-12)+gelu_tanh+bias"));
}

TEST(CompilerLegalise, RandomChains) {
  test::Random random(17);
  for (int chain = 0; chain < 40; ++chain) {
    Chain c;
    ir::ValueId y = c.b.linear(c.x, 6);
    for (int64_t left = random.integer(1, 6); left > 0; --left) switch (random.integer(0, 4)) {
        case 0: y = c.b.sum(y, c.b.weight("late", {6})); break;
        case 1: y = c.b.sum(random.integer(0, 1) ? c.r : c.x, y); break;
        case 2: y = c.b.layer_norm(y, 1e-5); break;
        case 3: y = c.act(y, Activation::gelu); break;
        default: y = c.act(y, Activation::relu);
      }
    SCOPED_TRACE(chain);
    EXPECT_TRUE(all_have_kernels(c.run(y)));
  }
}

/// Floats that no kernel takes are cast to some that one takes, where every part of the way has a kernel.
TEST(CompilerLegalise, NarrowFloatsAreCast) {
  const plan::Plan plan = test::text_plan(
      "network half\ninput %x: f16[n, 4]\n%act.out: f16[n, 4] = activation(kind=gelu) (%x)\noutput y = %act.out\n");
  EXPECT_TRUE(all_have_kernels(plan));
}

/// A stage like any other: its network is dumped.
TEST(CompilerLegalise, IsDumped) {
  const io_test::Scratch scratch;
  Chain c;
  c.b.output("y", c.act(c.act(c.b.linear(c.x, 6), Activation::gelu), Activation::tanh));
  compiler::CompileOptions options;
  options.dump_folder = scratch.path("dump");
  compiler::compile(c.b.network, options);
  bool dumped = false;
  for (const auto& entry : std::filesystem::directory_iterator(options.dump_folder))
    dumped |= entry.path().filename().string().ends_with("-legalise.lathe");
  EXPECT_TRUE(dumped);
}

TEST(CompilerLegalise, IsSwitchedOffByName) {
  Chain c;
  c.b.output("y", c.act(c.act(c.b.linear(c.x, 6), Activation::gelu), Activation::tanh));
  compiler::CompileOptions options;
  options.pass_switches = "-legalise";
  const plan::Plan plan = compiler::compile(c.b.network, options);
  EXPECT_EQ(plan.steps.size(), 1u);
  EXPECT_FALSE(all_have_kernels(plan));
  EXPECT_TRUE(splits_of(plan).empty());
}

}  // namespace
}  // namespace lathe
