#include "frontends/onnx/write/network_writer.h"

#include <algorithm>

#include "base/error.h"
#include "frontends/onnx/write/element_type.h"
#include "frontends/onnx/write/spelling.h"

namespace lathe::onnx {

proto::Port port_of(std::string_view name, const ops::TensorType& type) {
  proto::Port port{std::string(name), static_cast<int32_t>(element_of(type.dtype)), {}};
  for (const Dim& d : type.shape) port.shape.push_back(d.str());
  return port;
}

void NetworkWriter::bind_input(ir::ValueId id, std::string name) {
  body_.offer(name, network_.value(id).type);
  body_.offer_elements(name, network_.elements(id));
  names_[id] = std::move(name);
}

std::string NetworkWriter::name(ir::ValueId id) {
  const auto known = names_.find(id);
  if (known != names_.end()) return known->second;
  const ir::Value& value = network_.value(id);
  if (!value.constant) fail(ErrorCode::internal, value.name, "please report this network", "nothing makes it");
  if (!body_.is_function()) return names_[id] = body_.document().weight(value.type, value.constant->data, value.name);
  std::vector<int64_t> dims;
  for (const Dim& d : value.type.shape) dims.push_back(d.constant());
  const Blob& data = value.constant->data;
  return names_[id] = body_.constant(tensor_of(value.type.dtype, std::move(dims), data.data, data.size));
}

void NetworkWriter::write() {
  for (const ir::Definition& d : network_.definitions()) body_.define(d.size, d.value);
  for (ir::NodeId id : network_.nodes()) write_node(network_.node(id));
}

void NetworkWriter::write_node(const ir::Node& node) {
  const Spelling& spelling = spelling_of(node.op.name());
  const size_t first = body_.nodes().size();
  NodeWriter writer(*this, node);
  Values results;
  try {
    if (spelling.write != nullptr) results = spelling.write(writer);
    if (results.empty() && node.op.expands()) results = call_function(writer);
  } catch (const UnknownSize& unknown) {
    if (body_.is_function()) throw;  // what is around the function may know it
    writer.refuse(fmt::format("no value of the network has the size {}", unknown.size.str()),
                  "leave out the pass or layer that makes it");
  }
  if (results.empty())
    writer.refuse(spelling.refusal.empty() ? "ONNX has nothing that does it" : spelling.refusal,
                  "leave out the pass or layer that makes it");
  // Names of nodes are as unique as those of values.
  if (body_.nodes().size() > first) body_.nodes().back().name = body_.names().unique(node.name);
  bind_results(node, first, results);
}

void NetworkWriter::bind_results(const ir::Node& node, size_t first, const Values& results) {
  for (size_t i = 0; i < node.outputs.size() && i < results.size(); ++i) {
    const ir::ValueId id = node.outputs[i];
    const auto wish = preferred_.find(id);
    const bool is_output = wish != preferred_.end();
    std::string wanted = is_output ? wish->second : body_.names().unique(network_.value(id).name);
    // What is another value under a new name stays that one, but for outputs.
    if (body_.rename(first, results[i], wanted)) {
      if (!is_output && body_.is_outermost())
        body_.document().values.push_back(port_of(wanted, network_.value(id).type));
      names_[id] = std::move(wanted);
    } else if (is_output) {
      body_.rename(first, body_.emit("Identity", {results[i]}), wanted);
      names_[id] = std::move(wanted);
    } else {
      names_[id] = results[i];
    }
    body_.offer(names_[id], network_.value(id).type);
  }
}

void NetworkWriter::write_output(ir::ValueId id, const std::string& name) {
  const std::string given = this->name(id);
  if (given == name) return;
  const std::string copy = body_.emit("Identity", {given});
  body_.rename(body_.nodes().size() - 1, copy, name);
}

std::string NetworkWriter::own_name(ir::ValueId id, const Values& taken) {
  const std::string given = name(id);
  const bool is_free = std::find(taken.begin(), taken.end(), given) == taken.end();
  return body_.makes(given) && is_free ? given : body_.emit("Identity", {given});
}

}  // namespace lathe::onnx
