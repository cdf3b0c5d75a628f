// Branches and loops, whose blocks are graphs of the node.
#include "frontends/onnx/write/spelling.h"
#include "ops/if.h"
#include "ops/loop.h"

namespace lathe::onnx {
namespace {

/// The block's outputs as those of its graph.
void add_outputs(NetworkWriter& writer, proto::Graph& graph) {
  Values names;
  for (const ir::Output& output : writer.network().outputs) {
    names.push_back(writer.own_name(output.value, names));
    graph.outputs.push_back(port_of(names.back(), writer.network().value(output.value).type));
  }
}

/// A block that reads what is around it by its names: its inputs from `first` on are the node's from `at` on.
void bind_captures(NodeWriter& n, NetworkWriter& writer, size_t first, size_t at) {
  const std::vector<ir::Input>& inputs = writer.network().inputs;
  for (size_t i = first; i < inputs.size(); ++i) writer.bind_input(inputs[i].value, n.in(at + i - first));
}

proto::Graph branch(NodeWriter& n, const ir::Network& block, std::string_view name) {
  Body body(n.body());
  NetworkWriter writer(body, block);
  bind_captures(n, writer, 0, 1);
  writer.write();
  proto::Graph graph{{}, {}, {}, {}, std::string(name)};
  add_outputs(writer, graph);
  graph.nodes = std::move(body.nodes());
  return graph;
}

Values if_else(NodeWriter& n) {
  std::vector<proto::Attribute> branches(2);
  for (size_t b = 0; b < 2; ++b) {
    branches[b].name = b == 0 ? "then_branch" : "else_branch";
    branches[b].graphs = {branch(n, *n.node().blocks.at(b), branches[b].name)};
  }
  return n.body().emit_all("If", {n.in(0)}, std::move(branches), n.node().outputs.size());
}

/// Inputs of the graph are the iteration, the condition, which holds while one is under way, and what is carried.
Values loop(NodeWriter& n) {
  const auto carried = static_cast<size_t>(n.op<ops::Loop>().carried);
  const ir::Network& block = *n.node().blocks.at(0);
  Body body(n.body());
  NetworkWriter writer(body, block);
  proto::Graph graph{{}, {}, {}, {}, "body"};
  const auto add_input = [&](size_t i) {
    const ir::Value& value = block.value(block.inputs.at(i).value);
    graph.inputs.push_back(port_of(body.names().unique(value.name), value.type));
    writer.bind_input(block.inputs[i].value, graph.inputs.back().name);
  };
  add_input(0);
  graph.inputs.push_back(port_of(body.names().unique("going"), {DType::boolean, {}}));
  for (size_t i = 0; i < carried; ++i) add_input(1 + i);
  bind_captures(n, writer, 1 + carried, 2 + carried);
  writer.write();
  add_outputs(writer, graph);
  graph.nodes = std::move(body.nodes());
  Values inputs = n.all_inputs();
  inputs.resize(2 + carried);
  return n.body().emit_all("Loop", inputs, {{.name = "body", .graphs = {std::move(graph)}}}, n.node().outputs.size());
}

constexpr Spelling kSpellings[] = {{"if", if_else}, {"loop", loop}};

}  // namespace

std::span<const Spelling> control_spellings() { return kSpellings; }

}  // namespace lathe::onnx
