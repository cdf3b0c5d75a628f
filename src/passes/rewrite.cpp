#include "passes/rewrite.h"

#include <fmt/format.h>

#include <algorithm>

#include "lathe/error.h"

namespace lathe::passes {
namespace {

/// Between the parts of a path: folders' names have dots ("layer.0.output"), exporters' have slashes
/// ("layer.0/output").
constexpr std::string_view kSeparators = "./";

bool ends_part(const std::string& name, size_t at) {
  return at == name.size() || kSeparators.find(name[at]) != std::string_view::npos;
}

/// The parts that all names begin with.
std::string common_prefix(const std::vector<std::string>& names) {
  if (names.empty()) return {};
  std::string prefix = names[0];
  for (const std::string& name : names) {
    size_t same = 0;
    while (same < prefix.size() && same < name.size() && prefix[same] == name[same]) ++same;
    if (!ends_part(prefix, same) || !ends_part(name, same))
      same = same == 0 ? 0 : prefix.find_last_of(kSeparators, same - 1);
    prefix.resize(same == std::string::npos ? 0 : same);
  }
  return prefix;
}

}  // namespace

std::vector<ir::ValueId> values_from_the_end(const ir::Network& network) {
  std::vector<ir::ValueId> values;
  std::vector<ir::NodeId> nodes = network.nodes();
  for (auto n = nodes.rbegin(); n != nodes.rend(); ++n)
    for (ir::ValueId v : network.node(*n).outputs) values.push_back(v);
  return values;
}

std::vector<std::string> united_origins(const ir::Network& network, std::span<const ir::NodeId> nodes) {
  std::vector<std::string> origins;
  for (ir::NodeId n : nodes)
    for (const std::string& origin : network.node(n).origins)
      if (std::find(origins.begin(), origins.end(), origin) == origins.end()) origins.push_back(origin);
  return origins;
}

std::string place(const std::vector<std::string>& origins) {
  std::string path = common_prefix(origins);
  if (path.empty()) path = origins.empty() ? "the network" : origins.back();
  std::string words;
  std::string_view rest = path;
  if (size_t layer = path.find("layer."); layer != std::string::npos) {
    rest = rest.substr(layer + 6);
    size_t end = std::min(rest.find_first_of(kSeparators), rest.size());
    words = fmt::format("layer {}", rest.substr(0, end));
    rest = rest.substr(std::min(end + 1, rest.size()));
    if (!rest.empty()) words += "'s ";
  } else if (size_t dot = path.find('.'); dot != std::string::npos) {
    rest = rest.substr(dot + 1);  // "bert." says nothing
  }
  words += rest;
  std::replace_if(
      words.begin(), words.end(), [](char c) { return kSeparators.find(c) != std::string_view::npos; }, ' ');
  return words;
}

std::string node_name(const std::vector<std::string>& origins, std::string_view op) {
  std::string path = common_prefix(origins);
  const char separator = path.find('/') == std::string::npos ? '.' : '/';
  return path.empty() ? std::string(op) : fmt::format("{}{}{}", path, separator, op);
}

void substitute(ir::Network& network, ir::ValueId from, ir::ValueId to) {
  network.replace(from, to);
  for (ir::Entry& entry : network.entries)
    if (entry.value == from) entry.value = to;
}

void take_names(ir::Network& network, ir::NodeId successor, ir::NodeId predecessor) {
  ir::Node &after = network.node(successor), &before = network.node(predecessor);
  std::swap(after.name, before.name);
  for (size_t i = 0; i < std::min(after.outputs.size(), before.outputs.size()); ++i)
    std::swap(network.value(after.outputs[i]).name, network.value(before.outputs[i]).name);
}

void inherit_name(ir::Network& network, ir::NodeId successor, std::string_view name,
                  std::span<const ir::NodeId> predecessors) {
  for (ir::NodeId predecessor : predecessors)
    if (network.node(predecessor).name == name) return take_names(network, successor, predecessor);
}

std::optional<ir::ValueId> fuse(ir::Network& network, std::span<const ir::NodeId> nodes, ir::ValueId root, ops::Op op,
                                std::vector<ir::ValueId> inputs) {
  const ops::Types types = network.types_of(inputs);
  try {
    ops::Equalities compared;
    ops::Types result = op.infer(types, compared);
    if (result.size() != 1 || !(result[0] == network.value(root).type)) return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
  std::vector<ir::NodeId> old(nodes.begin(), nodes.end());
  std::vector<std::string> origins = united_origins(network, old);
  std::string name = node_name(origins, op.name());
  ir::ValueId made = network.add1(std::move(op), std::move(inputs), name, std::move(origins));
  substitute(network, root, made);
  inherit_name(network, network.value(made).producer, name, old);
  for (ir::NodeId n : old) network.erase(n);
  return made;
}

bool widens(DType from, DType to) {
  const bool half = from == DType::f16 || from == DType::bf16;
  return (half && (to == DType::f32 || to == DType::f64)) || (from == DType::f32 && to == DType::f64);
}

int tidy(ir::Network& network, int rewrites) {
  if (rewrites == 0) return 0;
  network.sort();
  network.remove_dead();
  return rewrites;
}

std::string counted(size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace lathe::passes
