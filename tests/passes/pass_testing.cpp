#include "tests/passes/pass_testing.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/reference_evaluator.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "tests/support/tensors.h"

namespace lathe::passes::testing {

int run_pass(std::string_view name, ir::Network& network, std::vector<std::string>* reports, Padding padding) {
  auto pass = std::find_if(pipeline().begin(), pipeline().end(), [&](const Pass& p) { return p.name == name; });
  if (pass == pipeline().end()) throw std::invalid_argument("no pass of this name");
  PassContext context;
  context.evaluator = &compiler::reference_evaluator();
  context.padding = padding;
  if (reports) context.report = [&](std::string line) { reports->push_back(std::move(line)); };
  int rewrites = pass->run(network, context);
  ir::verify(network);
  return rewrites;
}

std::vector<std::string> run_all(ir::Network& network, const std::string& switches) {
  PassContext context;
  context.evaluator = &compiler::reference_evaluator();
  context.padding = Padding::dropped;
  std::vector<std::string> changed;
  for (const PassRecord& record : run_pipeline(network, context, {.switches = switches, .dump_folder = {}}))
    if (record.rewrites > 0) changed.push_back(record.name);
  return changed;
}

std::vector<std::string> kinds_in_order(const ir::Network& network) {
  std::vector<std::string> kinds;
  for (ir::NodeId id : network.nodes()) kinds.emplace_back(network.node(id).op.name());
  return kinds;
}

size_t count(const ir::Network& network, std::string_view kind) {
  std::vector<std::string> kinds = kinds_in_order(network);
  return static_cast<size_t>(std::count(kinds.begin(), kinds.end(), kind));
}

NamedTensors random_inputs(const ir::Network& network, uint64_t seed, int64_t batch, int64_t seq) {
  test::Random random(seed);
  NamedTensors given;
  for (const ir::Input& input : network.inputs) {
    const ir::Value& value = network.value(input.value);
    bool mask = value.name.find("mask") != std::string::npos;
    if (value.name == "rows" || (input.absent != ir::InputDefault::required && !mask)) continue;
    Shape shape;
    for (const Dim& d : value.type.shape)
      shape.push_back(d.evaluate([&](std::string_view symbol) { return symbol == "batch" ? batch : seq; }));
    if (mask)
      given.emplace(value.name, random.mask_tensor(value.name, value.type.dtype, batch, seq));
    else if (value.type.dtype == DType::i32)
      given.emplace(value.name, random.integer_tensor(value.name, DType::i32, shape, 0, 9));
    else
      given.emplace(value.name, random.normal_tensor(value.name, value.type.dtype, shape));
  }
  return given;
}

void expect_equal(const ir::Network& before, const ir::Network& after, const NamedTensors& given, double tolerance) {
  NamedTensors expected = test::run_network(before, given), found = test::run_network(after, given);
  ASSERT_EQ(expected.size(), found.size());
  for (const auto& [name, tensor] : expected) {
    ASSERT_TRUE(found.contains(name)) << name;
    EXPECT_EQ(to_string(found.at(name).shape), to_string(tensor.shape)) << name;
    EXPECT_LE(test::norm_error(found.at(name), tensor), tolerance) << name << "\n" << ir::print(after);
  }
}

void expect_equal(const ir::Network& before, const ir::Network& after) {
  for (uint64_t seed : {1u, 2u, 3u}) expect_equal(before, after, random_inputs(before, seed));
}

void expect_becomes(std::string_view pass, ir::Network network, const std::vector<std::string>& kinds) {
  ir::Network before = network;
  std::vector<std::string> reports;
  EXPECT_GT(run_pass(pass, network, &reports), 0);
  EXPECT_FALSE(reports.empty());
  EXPECT_EQ(kinds_in_order(network), kinds) << ir::print(network);
  expect_equal(before, network);
}

void expect_refuses(std::string_view pass, ir::Network network) {
  std::string before = ir::print(network);
  EXPECT_EQ(run_pass(pass, network), 0);
  EXPECT_EQ(ir::print(network), before);
}

}  // namespace lathe::passes::testing
