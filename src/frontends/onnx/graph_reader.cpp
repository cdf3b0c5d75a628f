#include "frontends/onnx/graph_reader.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "base/error.h"
#include "base/log.h"
#include "frontends/onnx/registry.h"

namespace lathe::onnx {
namespace {

void read_node(const NodeMessage& message, Scope& scope, const Place& place);

/// Functions, branches and loops within each other; a function that calls itself would have no end.
constexpr int kDeepest = 48;

/// "LayerNormalization, opset 17, on f32[batch, 128], f32[128]"
NodeReport describe(const NodeReader& node) {
  NodeReport report{
      node.name(), std::string(node.message().op), std::string(node.message().domain), node.opset(), {}, {}, {}};
  for (std::string_view name : node.message().inputs) {
    const Item* item = name.empty() ? nullptr : node.scope().find(name);
    if (!item || item->kind == Item::Kind::absent)
      report.inputs.emplace_back("none");
    else if (item->kind == Item::Kind::sequence)
      report.inputs.emplace_back("sequence");
    else if (item->kind == Item::Kind::refused)
      report.inputs.emplace_back("?");
    else
      report.inputs.push_back(to_string(node.type(item->value)));
  }
  return report;
}

/// The first of a node's types: a line has no room for thousands.
std::string types_of(const NodeReport& report) {
  constexpr size_t kMost = 8;
  const std::vector<std::string>& all = report.inputs;
  if (all.empty()) return "nothing";
  const auto first = all.begin(), last = first + static_cast<ptrdiff_t>(std::min(all.size(), kMost));
  return fmt::format("{}{}", fmt::join(first, last, ", "),
                     all.size() > kMost ? fmt::format(" and {} more", all.size() - kMost) : std::string());
}

Error named(const Error& error, const NodeReader& node) {
  const NodeReport report = describe(node);
  const std::string where = fmt::format("{}, node {}", node.place().source.path(), shown(report.name));
  const std::string problem = error.where().empty() || error.where() == report.name
                                  ? error.problem()
                                  : fmt::format("{}: {}", error.where(), error.problem());
  return Error(error.code(), where,
               fmt::format("{}{}{}, opset {}, on {}: {}", report.domain, report.domain.empty() ? "" : ".", report.op,
                           report.opset, types_of(report), problem),
               error.cure().empty() ? "`lathe check` lists what its nodes read" : error.cure());
}

bool reads_refused(const NodeMessage& message, Scope& scope) {
  return std::any_of(message.inputs.begin(), message.inputs.end(), [&](std::string_view name) {
    const Item* item = name.empty() ? nullptr : scope.find(name);
    return item && item->kind == Item::Kind::refused;
  });
}

using Names = std::set<std::string_view>;

/// What a node reads, graphs within it included: names of their own among it.
void add_read(const NodeMessage& node, Names& names) {
  names.insert(node.inputs.begin(), node.inputs.end());
  for (const AttributeMessage& attribute : node.attributes)
    for (const auto& graph : attribute.graphs) {
      for (const NodeMessage& inner : graph->nodes) add_read(inner, names);
      for (const ValueMessage& output : graph->outputs) names.insert(output.name);
    }
}

/// Reads the nodes, in their order, whose results reach the wanted names: others may ask for ops that Lathe lacks, and
/// for equal sizes, which nothing needs.
void read_nodes(const std::vector<NodeMessage>& nodes, Names wanted, Scope& scope, const Place& place) {
  std::vector<const NodeMessage*> needed;
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    const bool reaches = std::any_of(node->outputs.begin(), node->outputs.end(),
                                     [&](std::string_view name) { return !name.empty() && wanted.contains(name); });
    if (!reaches) continue;
    needed.push_back(&*node);
    add_read(*node, wanted);
  }
  for (auto node = needed.rbegin(); node != needed.rend(); ++node) read_node(**node, scope, place);
}

/// The function's nodes in the place of the one that calls it.
void call(const FunctionMessage& function, NodeReader& node) {
  const Place& place = node.place();
  const Opsets opsets = opsets_of(function.opsets);
  FunctionAttributes attributes;
  for (const AttributeMessage& attribute : function.defaults) attributes[std::string(attribute.name)] = &attribute;
  for (const AttributeMessage& attribute : node.message().attributes)
    if (const AttributeMessage* value = node.find(attribute.name)) attributes[std::string(attribute.name)] = value;
  const Place outer = within(place, node.name());
  const Place inner{place.source, opsets.empty() ? place.opsets : opsets, &attributes, outer.prefix, outer.depth};
  Scope scope(node.network(), nullptr);
  for (size_t i = 0; i < function.inputs.size(); ++i) scope.set(function.inputs[i], node.item(i));
  read_nodes(function.nodes, Names(function.outputs.begin(), function.outputs.end()), scope, inner);
  for (size_t i = 0; i < function.outputs.size(); ++i) {
    if (!node.wants(i)) continue;
    const Item* result = scope.find(function.outputs[i]);
    if (!result) node.corrupt(fmt::format("the function makes no {}", shown(function.outputs[i])));
    node.give(i, *result);
  }
}

int64_t opset_of(const NodeMessage& message, const Place& place) {
  const std::string_view domain = domain_of(message.domain);
  const auto found = place.opsets.find(domain);
  if (found != place.opsets.end()) return found->second;
  // Files of the first IR versions name no opset: 1.
  if (domain.empty() && place.opsets.empty() && place.source.ir_version() < 3) return 1;
  return -1;
}

void read_op(NodeReader& node) {
  const NodeMessage& message = node.message();
  if (const FunctionMessage* function = node.place().source.function(message)) return call(*function, node);
  const Entry* entry = find_entry(message.domain, message.op);
  if (!entry && !is_known_domain(message.domain))
    node.refuse(fmt::format("Lathe knows no ops of domain {}", shown(message.domain)),
                "export the model without custom ops, or put them into a local function");
  if (!entry)
    node.refuse("Lathe does not have this op", "docs/onnx.md lists those that it has; simpler ops may do the same");
  if (node.opset() < 0)
    node.corrupt(fmt::format("the file names no opset of domain {}",
                             message.domain.empty() ? "ai.onnx" : shown(message.domain)));
  entry->read(node);
  for (std::string_view attribute : node.check_all_read())
    if (node.place().source.is_first(message.op, attribute))
      log(LogLevel::warning, "{}, node {}: {} has an attribute {} that Lathe does not know; it is passed over",
          node.place().source.path(), shown(node.name()), message.op, shown(attribute));
  for (size_t i = 0; i < message.outputs.size(); ++i)
    if (node.wants(i) && !node.scope().has_own(message.outputs[i]))
      node.refuse(fmt::format("Lathe gives no output {} of this op", i), "export the model without it");
}

void read_node(const NodeMessage& message, Scope& scope, const Place& place) {
  NodeReader node(message, opset_of(message, place), scope, place);
  try {
    place.source.count_node();
    for (std::string_view output : message.outputs)
      if (!output.empty() && scope.has_own(output))
        node.corrupt(fmt::format("a value {} was made before", shown(output)));
    if (reads_refused(message, scope)) {
      for (size_t i = 0; i < message.outputs.size(); ++i) node.give(i, Item{Item::Kind::refused, ir::kNone, nullptr});
      return;
    }
    read_op(node);
    if (place.source.options().report) place.source.report(describe(node));
  } catch (const Error& error) {
    const bool inner = error.where().starts_with(place.source.path());  // a node within named itself
    if (!place.source.goes_on()) {
      if (inner) throw;
      throw named(error, node);
    }
    NodeReport refused = describe(node);
    refused.problem = error.where().empty() || inner ? error.problem() : error.where() + ": " + error.problem();
    refused.cure = error.cure();
    place.source.report(std::move(refused));
    for (size_t i = 0; i < message.outputs.size(); ++i) node.give(i, Item{Item::Kind::refused, ir::kNone, nullptr});
  }
}

void check_initializers(const GraphMessage& graph, const Place& place) {
  std::unordered_set<std::string_view> names;
  const auto note = [&](std::string_view name) {
    if (!names.insert(name).second)
      fail(ErrorCode::corrupt_file, place.source.path(), "export the model again", "two initializers are named {}",
           shown(name));
  };
  for (const TensorMessage& tensor : graph.initializers) note(tensor.name);
  for (const SparseTensorMessage& tensor : graph.sparse_initializers) note(tensor.values.name);
}

void define(Scope& scope, const Place& place, HostTensor tensor) {
  if (scope.has_own(tensor.name)) return;  // an input that the caller fixed
  ir::Network& network = scope.network();
  const ops::TensorType type{tensor.dtype, {tensor.shape.begin(), tensor.shape.end()}};
  const std::string name = place.prefix.empty() ? tensor.name : place.prefix + "/" + tensor.name;
  scope.set(tensor.name, Item::tensor(network.add_constant(name, type, {tensor.data, nullptr})));
}

}  // namespace

Place within(const Place& place, std::string_view name) {
  if (place.depth >= kDeepest)
    throw Error(ErrorCode::corrupt_file, "", "graphs and functions are nested without end", "export the model again");
  Place inner = place;
  inner.prefix = name;
  ++inner.depth;
  return inner;
}

void read_body(const GraphMessage& graph, Scope& scope, const Place& place) {
  check_initializers(graph, place);
  for (const TensorMessage& tensor : graph.initializers) define(scope, place, place.source.tensors().read(tensor));
  for (const SparseTensorMessage& tensor : graph.sparse_initializers)
    define(scope, place, place.source.tensors().read(tensor));
  Names wanted;
  for (const ValueMessage& output : graph.outputs) wanted.insert(output.name);
  read_nodes(graph.nodes, std::move(wanted), scope, place);
}

std::vector<Item> results_of(const GraphMessage& graph, Scope& scope) {
  std::vector<Item> results;
  for (const ValueMessage& output : graph.outputs) {
    const Item* found = scope.find(output.name);
    if (!found)
      fail(ErrorCode::corrupt_file, "", "export the model again", "nothing makes the output {}", shown(output.name));
    results.push_back(*found);
  }
  return results;
}

}  // namespace lathe::onnx
