// Ops whose attributes are sizes that only a run knows: built, saved, loaded and run at several of them.
#include <gtest/gtest.h>

#include "compiler/compile.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "lathe/error.h"
#include "ops/conv.h"
#include "ops/dft.h"
#include "ops/pool.h"
#include "ops/random.h"
#include "ops/resize.h"
#include "plan/file.h"
#include "tests/io/scratch.h"
#include "tests/support/run_network.h"
#include "tests/support/tensors.h"
#include "tests/support/text_plan.h"

namespace lathe {
namespace {
using namespace test;
using ir::Network;
using ir::ValueId;

const Dim kSize = Dim::symbol("h");

/// Outputs of the plan of a network with an input "x" [1, 1, h], through its text and a file, for x = 1, 2, ...
std::vector<std::vector<float>> run_at(const Network& network, int64_t size) {
  const io_test::Scratch scratch;
  plan::write_file(compiler::compile(ir::parse(ir::print(network)), {}), scratch.path("a.plan"));
  const Engine engine(Plan::load(scratch.path("a.plan"), {.map = false}));
  Context context = engine.context({.threads = 1});
  std::vector<float> x;
  for (int64_t i = 0; i < size; ++i) x.push_back(static_cast<float>(i + 1));
  context.set_input("x", tensor_of(DType::f32, {1, 1, size}, x));
  std::vector<std::vector<float>> outputs;
  for (int run = 0; run < 2; ++run) {
    const Status status = context.run();
    EXPECT_TRUE(status.ok()) << status.message();
    for (const ir::Output& output : network.outputs) outputs.push_back(values_of<float>(context, output.name));
  }
  return outputs;
}

TEST(RuntimeWindows, PaddingOfSymbols) {
  Network network;
  const ValueId x = network.add_input("x", {DType::f32, {1, 1, kSize}});
  const HostTensor weights = make_tensor("w", DType::f32, {1, 1, 3}, {1, 10, 100});
  const ValueId w = network.add_constant("w", {DType::f32, {1, 1, 3}}, {weights.data, nullptr});
  // As many outputs as every second element, windows in the middle.
  const Dim total = Dim::max(Dim(2) * Dim::ceildiv(kSize, Dim(2)) + Dim(1) - kSize, Dim(0));
  const Dim before = Dim::floordiv(total, Dim(2));
  const ops::Window same{{2}, {}, {before}, {total - before}};
  network.mark_output("y", network.add1(ops::Conv{same}, {x, w}, "y"));
  network.mark_output("z",
                      network.add1(ops::Pool{.kind = ops::PoolKind::average, .size = {3}, .window = same}, {x}, "z"));
  using All = std::vector<std::vector<float>>;
  // Of 5 one element is added on each side, of 4 one behind.
  EXPECT_EQ(run_at(network, 5), (All{{210, 432, 54}, {1.5, 3, 4.5}, {210, 432, 54}, {1.5, 3, 4.5}}));
  EXPECT_EQ(run_at(network, 4), (All{{321, 43}, {2, 3.5}, {321, 43}, {2, 3.5}}));
  EXPECT_EQ(run_at(network, 1), (All{{10}, {1}, {10}, {1}}));
}

TEST(RuntimeWindows, LengthsAndShapesOfSymbols) {
  Network network;
  const ValueId x = network.add_input("x", {DType::f32, {1, 1, kSize}});
  network.mark_output("twice", network.add1(ops::Resize{.shape = {1, 1, Dim(2) * kSize}}, {x}, "twice"));
  network.mark_output("noise", network.add1(ops::Random{.shape = {kSize}, .seeded = true, .seed = 7}, {}, "noise"));
  const std::vector<std::vector<float>> found = run_at(network, 3);
  EXPECT_EQ(found[0], (std::vector<float>{1, 1, 2, 2, 3, 3}));
  EXPECT_EQ(found[1].size(), 3u);
  EXPECT_EQ(found[1], found[3]) << "each run of a seed";
  Network transform;
  const ValueId z = transform.add_input("x", {DType::f32, {1, kSize, 1}});
  const ops::Dft half{.axis = 1, .onesided = true, .length = {Dim(2) * kSize}};
  transform.mark_output("y", transform.add1(half, {z}, "y"));
  const NamedTensors y = run_network(transform, {{"x", make_tensor("x", DType::f32, {1, 1, 1}, {3})}});
  EXPECT_EQ(to_doubles(y.at("y")), (std::vector<double>{3, 0, 3, 0}));
}

}  // namespace
}  // namespace lathe
