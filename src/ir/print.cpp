#include "ir/print.h"

#include <fmt/format.h>

#include <cmath>

#include "ir/text.h"

namespace lathe::ir {
namespace {

constexpr size_t kInlineElements = 16;

std::string ref(const Network& network, ValueId id) { return "%" + quoted_if_odd(network.value(id).name); }

template <class T>
std::string numbers(const Blob& data) {
  auto values = data.as<T>();
  if constexpr (std::is_floating_point_v<T>)
    for (T v : values)
      if (!std::isfinite(v)) return {};
  return fmt::format("[{}]", fmt::join(values.begin(), values.end(), ", "));
}

std::string content(const Value& value) {
  const Blob& data = value.constant->data;
  if (data.size > kInlineElements * size_of(value.type.dtype)) return "random";
  std::string text;
  switch (value.type.dtype) {
    case DType::f32: text = numbers<float>(data); break;
    case DType::f64: text = numbers<double>(data); break;
    case DType::i32: text = numbers<int32_t>(data); break;
    case DType::i64: text = numbers<int64_t>(data); break;
    default: break;
  }
  if (!text.empty()) return text;
  text = "0x";
  for (std::byte b : data.bytes()) text += fmt::format("{:02x}", static_cast<unsigned>(b));
  return text;
}

std::string print_lines(const Network& network);

/// The lines of a block, two spaces further in.
std::string print_block(const Network& block) {
  std::string text = "block\n";
  const std::string lines = print_lines(block);
  for (size_t at = 0; at < lines.size();) {
    const size_t end = lines.find('\n', at) + 1;
    text += "  " + lines.substr(at, end - at);
    at = end;
  }
  return text + "end\n";
}

std::string print_node(const Network& network, const Node& node) {
  std::string text;
  for (ValueId v : node.outputs)
    text += (text.empty() ? "" : ", ") + ref(network, v) + ": " + to_string(network.value(v).type);
  text += " = " + node.op.str() + " (";
  for (size_t i = 0; i < node.inputs.size(); ++i) text += (i ? ", " : "") + ref(network, node.inputs[i]);
  text += ")";
  const std::string& first = network.value(node.outputs.at(0)).name;
  if (first != node.name + (node.outputs.size() == 1 ? ".out" : ".out0")) text += " @" + quoted_if_odd(node.name);
  for (size_t i = 0; i < node.origins.size(); ++i) text += (i ? ", " : " # ") + quoted_if_odd(node.origins[i]);
  text += "\n";
  for (const auto& block : node.blocks) text += print_block(*block);
  return text;
}

/// " as packed input_ids"
std::string print_role(const PortRole& role) {
  if (role.role == Role::plain) return "";
  return fmt::format(" as {}{}", to_string(role.role), role.of.empty() ? "" : " " + quoted_if_odd(role.of));
}

std::string print_elements(const Value& value) {
  std::vector<Dim> elements;
  for (const ops::Element& element : *value.elements) elements.push_back(*element);
  return to_string(elements);
}

std::string print_lines(const Network& network) {
  std::string text;
  const std::set<std::string> in_use = network.sizes_in_use();
  for (const Input& input : network.inputs) {
    text += fmt::format("input {}: {}", ref(network, input.value), to_string(network.value(input.value).type));
    if (!input.declared.empty()) text += " declared " + to_string(input.declared);
    if (network.gives_sizes(input.value, in_use)) text += " elements " + print_elements(network.value(input.value));
    if (input.absent != InputDefault::required) text += " = " + to_string(input.absent);
    text += print_role(input.role) + "\n";
  }
  for (ValueId id : network.live_constants()) {
    const Value& value = network.value(id);
    text += fmt::format("constant {}: {} = {}", ref(network, id), to_string(value.type), content(value));
    if (value.constant->recipe) text += " # " + to_string(*value.constant->recipe);
    text += "\n";
  }
  for (const Definition& d : network.definitions())
    text += fmt::format("size {} = {} by {}\n", d.size.str(), d.value.str(), quoted_if_odd(d.by));
  for (NodeId id : network.nodes()) text += print_node(network, network.node(id));
  for (const std::vector<Equality>& list : {network.equalities, network.compared()})
    for (const Equality& e : list)
      text += fmt::format("equal {} == {} by {}\n", e.a.str(), e.b.str(), quoted_if_odd(e.by));
  for (const Output& output : network.outputs)
    text += fmt::format("output {} = {}{}{}\n", quoted_if_odd(output.name), ref(network, output.value),
                        output.on_demand ? " on_demand" : "", print_role(output.role));
  for (const Entry& entry : network.entries)
    text += fmt::format("entry {} = {} {}{}\n", quoted_if_odd(entry.name), ref(network, entry.value),
                        to_string(entry.absent), print_role(entry.role));
  return text;
}

}  // namespace

std::string print(const Network& network) {
  return "network " + quoted_if_odd(network.name) + "\n" + print_lines(network);
}

}  // namespace lathe::ir
