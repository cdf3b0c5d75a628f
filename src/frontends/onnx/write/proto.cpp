#include "frontends/onnx/write/proto.h"

#include <cctype>
#include <protozero/pbf_writer.hpp>

namespace lathe::onnx::proto {
namespace {

using protozero::pbf_writer;

std::string graph_bytes(const Graph& graph);

void add_entry(pbf_writer& writer, uint32_t tag, const std::string& key, const std::string& value) {
  pbf_writer entry(writer, tag);
  entry.add_string(1, key);
  entry.add_string(2, value);
}

/// All but the bytes of a view.
std::string tensor_bytes(const Tensor& tensor) {
  std::string bytes;
  pbf_writer writer(bytes);
  for (int64_t d : tensor.dims) writer.add_int64(1, d);
  writer.add_int32(2, tensor.type);
  if (!tensor.floats.empty()) writer.add_packed_float(4, tensor.floats.begin(), tensor.floats.end());
  writer.add_string(8, tensor.name);
  const bool external = !tensor.external.empty() || tensor.offset >= 0;
  if (tensor.floats.empty() && !external && tensor.view.empty()) writer.add_bytes(9, tensor.raw);
  if (external) {
    add_entry(writer, 13, "location", tensor.external);
    if (tensor.offset >= 0) add_entry(writer, 13, "offset", std::to_string(tensor.offset));
    if (tensor.length >= 0) add_entry(writer, 13, "length", std::to_string(tensor.length));
    writer.add_enum(14, 1);
  }
  return bytes;
}

/// AttributeProto.AttributeType of what the attribute holds; a list without elements is one of integers.
int32_t kind_of(const Attribute& a) {
  if (!a.graphs.empty()) return 5;
  if (!a.tensors.empty()) return 4;
  if (a.text) return 3;
  if (a.integer) return 2;
  if (a.number) return 1;
  if (!a.numbers.empty()) return 6;
  return a.texts.empty() ? 7 : 8;
}

void add_attribute(pbf_writer& node, const Attribute& attribute) {
  pbf_writer writer(node, 5);
  writer.add_string(1, attribute.name);
  if (attribute.number) writer.add_float(2, *attribute.number);
  if (attribute.integer) writer.add_int64(3, *attribute.integer);
  if (attribute.text) writer.add_bytes(4, *attribute.text);
  if (!attribute.tensors.empty()) writer.add_message(5, tensor_bytes(attribute.tensors[0]));
  if (!attribute.graphs.empty()) writer.add_message(6, graph_bytes(attribute.graphs[0]));
  for (float f : attribute.numbers) writer.add_float(7, f);
  for (int64_t i : attribute.integers) writer.add_int64(8, i);
  for (const std::string& text : attribute.texts) writer.add_bytes(9, text);
  writer.add_enum(20, kind_of(attribute));
}

void add_node(pbf_writer& graph, uint32_t tag, const Node& node) {
  pbf_writer writer(graph, tag);
  for (const std::string& input : node.inputs) writer.add_string(1, input);
  for (const std::string& output : node.outputs) writer.add_string(2, output);
  if (!node.name.empty()) writer.add_string(3, node.name);
  writer.add_string(4, node.op);
  for (const Attribute& attribute : node.attributes) add_attribute(writer, attribute);
  if (!node.domain.empty()) writer.add_string(7, node.domain);
}

bool is_number(const std::string& size) {
  return !size.empty() && size.find_first_not_of("0123456789") == std::string::npos;
}

void add_port(pbf_writer& graph, uint32_t tag, const Port& port) {
  pbf_writer value(graph, tag);
  value.add_string(1, port.name);
  pbf_writer type(value, 2);
  pbf_writer tensor(type, 1);
  tensor.add_int32(1, port.type);
  if (port.no_shape) return;
  if (port.shape.empty()) return tensor.add_message(2, std::string());  // of a scalar: it is there, with nothing in it
  pbf_writer shape(tensor, 2);
  for (const std::string& size : port.shape) {
    pbf_writer dimension(shape, 1);
    if (is_number(size))
      dimension.add_int64(1, std::stoll(size));
    else
      dimension.add_string(2, size);
  }
}

/// All but the initializers.
std::string graph_frame(const Graph& graph) {
  std::string bytes;
  pbf_writer writer(bytes);
  for (const Node& node : graph.nodes) add_node(writer, 1, node);
  writer.add_string(2, graph.name);
  for (const Port& port : graph.inputs) add_port(writer, 11, port);
  for (const Port& port : graph.outputs) add_port(writer, 12, port);
  for (const Port& port : graph.values) add_port(writer, 13, port);
  return bytes;
}

std::string graph_bytes(const Graph& graph) {
  std::string bytes = graph_frame(graph);
  pbf_writer writer(bytes);
  for (const Tensor& tensor : graph.initializers) writer.add_message(5, tensor_bytes(tensor));
  return bytes;
}

std::string function_bytes(const Function& f) {
  std::string bytes;
  pbf_writer function(bytes);
  function.add_string(1, f.name);
  for (const std::string& input : f.inputs) function.add_string(4, input);
  for (const std::string& output : f.outputs) function.add_string(5, output);
  for (const Node& node : f.nodes) add_node(function, 7, node);
  if (!f.description.empty()) function.add_string(8, f.description);
  {
    pbf_writer opset(function, 9);
    opset.add_string(1, "");
    opset.add_int64(2, f.opset);
  }
  function.add_string(10, f.domain);
  return bytes;
}

/// Tag and length of a field that is a message or bytes.
std::string head(uint32_t tag, uint64_t length) {
  std::string bytes;
  protozero::add_varint_to_buffer(&bytes, (uint64_t{tag} << 3) | 2);
  protozero::add_varint_to_buffer(&bytes, length);
  return bytes;
}

/// A model in pieces: all of it but the bytes of views.
struct Pieces {
  std::string before, graph, after;
  std::vector<std::string> tensors;  ///< up to where the view begins
  uint64_t graph_size = 0;

  explicit Pieces(const Model& model);
  uint64_t size() const { return before.size() + head(7, graph_size).size() + graph_size + after.size(); }
};

Pieces::Pieces(const Model& model) : graph(graph_frame(model.graph)), graph_size(graph.size()) {
  pbf_writer first(before);
  first.add_int64(1, model.ir_version);
  first.add_string(2, model.producer);
  if (!model.producer_version.empty()) first.add_string(3, model.producer_version);
  for (const Tensor& tensor : model.graph.initializers) {
    std::string bytes = tensor_bytes(tensor);
    if (!tensor.view.empty()) bytes += head(9, tensor.view.size());
    tensors.push_back(head(5, bytes.size() + tensor.view.size()) + bytes);
    graph_size += tensors.back().size() + tensor.view.size();
  }
  pbf_writer last(after);
  for (const auto& [domain, version] : model.opsets) {
    pbf_writer opset(last, 8);
    opset.add_string(1, domain);
    opset.add_int64(2, version);
  }
  for (const Function& f : model.functions) last.add_message(25, function_bytes(f));
}

}  // namespace

void write(const Model& model, const Sink& sink) {
  const Pieces pieces(model);
  sink(pieces.before);
  sink(head(7, pieces.graph_size));
  sink(pieces.graph);
  for (size_t i = 0; i < pieces.tensors.size(); ++i) {
    sink(pieces.tensors[i]);
    if (!model.graph.initializers[i].view.empty()) sink(model.graph.initializers[i].view);
  }
  sink(pieces.after);
}

uint64_t size_of(const Model& model) { return Pieces(model).size(); }

std::string bytes_of(const std::vector<Node>& nodes) {
  std::string bytes;
  pbf_writer writer(bytes);
  for (const Node& node : nodes) add_node(writer, 1, node);
  return bytes;
}

}  // namespace lathe::onnx::proto
