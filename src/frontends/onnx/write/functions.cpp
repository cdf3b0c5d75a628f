// Fused ops are calls of functions, whose bodies are what the ops are spelt in.
#include <cctype>

#include "frontends/onnx/write/spelling.h"
#include "ir/expand.h"
#include "ops/attention.h"
#include "ops/embedding.h"
#include "ops/layer_norm.h"
#include "ops/products.h"

namespace lathe::onnx {
namespace {

constexpr size_t kLongestName = 80;

/// "attention_heads_12_mask_keys": letters, digits and single underscores.
std::string function_name(const ops::Op& op) {
  std::string name;
  for (char c : op.str()) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (is_plain)
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  if (name.size() > kLongestName) name.resize(kLongestName);
  while (name.ends_with('_')) name.pop_back();
  return name;
}

void add_epilogue_names(const ops::Epilogue& epilogue, Values& names) {
  for (const ops::EpilogueRecord& record : epilogue.records) switch (record.kind) {
      case ops::EpilogueRecord::Kind::bias: names.push_back("bias"); break;
      case ops::EpilogueRecord::Kind::residual: names.push_back("residual"); break;
      case ops::EpilogueRecord::Kind::layer_norm: names.insert(names.end(), {"gamma", "beta"}); break;
      case ops::EpilogueRecord::Kind::activation: break;
    }
}

/// What the inputs of an op are called, as its formula has them; those that are not named follow as x.
Values input_names(const ops::Op& op) {
  if (const ops::Epilogue* epilogue = ops::epilogue_of(op)) {
    Values names = {"x", "w"};
    add_epilogue_names(*epilogue, names);
    return names;
  }
  if (const auto* attention = op.as<ops::Attention>()) {
    Values names = {"q", "k", "v"};
    if (attention->mask != ops::AttentionMask::none) names.push_back("mask");
    if (attention->bias) names.push_back("bias");
    return names;
  }
  if (const auto* norm = op.as<ops::LayerNorm>())
    return norm->residual ? Values{"x", "residual", "gamma", "beta"} : Values{"x", "gamma", "beta"};
  Values names;
  if (const auto* embedding = op.as<ops::Embedding>()) {
    for (int64_t t = 0; t < embedding->terms; ++t) names.insert(names.end(), {"table", "ids"});
    if (embedding->norm) names.insert(names.end(), {"gamma", "beta"});
  }
  return names;
}

/// The op's spelling as a network, whose inputs have the types of the node's.
struct SpeltOut {
  ir::Network network;
  ir::ValueId result = ir::kNone;

  explicit SpeltOut(const NodeWriter& n) {
    ir::Node like;
    like.name = n.node().op.name();
    Values names = input_names(n.node().op);
    names.resize(n.inputs(), "x");
    std::vector<ir::ValueId> inputs;
    for (size_t i = 0; i < n.inputs(); ++i)
      inputs.push_back(network.add_input(network.unique_input_name(names[i]), n.type(i)));
    ir::NetworkExpander to(network, like);
    result = n.node().op.expand(to, inputs);
    if (result == ir::kNone) return;
    network.mark_output("y", result);
    network.remove_dead();
  }
};

/// The parts have no names: the node has one.
Values write_in_place(const NodeWriter& n, const SpeltOut& spelt) {
  const size_t first = n.body().nodes().size();
  NetworkWriter writer(n.body(), spelt.network);
  for (size_t i = 0; i < n.inputs(); ++i) writer.bind_input(spelt.network.inputs[i].value, n.in(i));
  writer.write();
  for (size_t i = first; i < n.body().nodes().size(); ++i) n.body().nodes()[i].name.clear();
  return {writer.name(spelt.result)};
}

proto::Function body_of(const NodeWriter& n, const SpeltOut& spelt) {
  proto::Function function{{}, {}, {}, {"y"}, {}, n.node().op.str(), 0};
  Names names;
  Body body(n.body().document(), names);
  NetworkWriter writer(body, spelt.network);
  names.take("y");
  for (const ir::Input& input : spelt.network.inputs) {
    function.inputs.push_back(spelt.network.value(input.value).name);
    names.take(function.inputs.back());
    writer.bind_input(input.value, function.inputs.back());
  }
  writer.prefer(spelt.result, "y");
  writer.write();
  writer.write_output(spelt.result, "y");
  function.nodes = std::move(body.nodes());
  return function;
}

}  // namespace

Values call_function(NodeWriter& n) {
  const SpeltOut spelt(n);
  if (spelt.result == ir::kNone) return {};
  if (n.body().is_function() || spelt.network.nodes().size() == 1) return write_in_place(n, spelt);
  try {
    const std::string name = n.body().document().function(function_name(n.node().op), body_of(n, spelt));
    return n.body().emit_all(name, n.all_inputs(), {}, 1, Document::kDomain);
  } catch (const UnknownSize&) {
    // A size that the inputs do not tell is known around the function.
    return write_in_place(n, spelt);
  }
}

}  // namespace lathe::onnx
