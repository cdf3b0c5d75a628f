#include "tests/support/onnx_writer.h"

#include <cctype>
#include <protozero/pbf_writer.hpp>

namespace lathe::test {
namespace {

using protozero::pbf_writer;

std::string graph_bytes(const OnnxGraph& graph);

void add_entry(pbf_writer& writer, uint32_t tag, const std::string& key, const std::string& value) {
  pbf_writer entry(writer, tag);
  entry.add_string(1, key);
  entry.add_string(2, value);
}

std::string tensor_bytes(const OnnxTensor& tensor) {
  std::string bytes;
  pbf_writer writer(bytes);
  for (int64_t d : tensor.dims) writer.add_int64(1, d);
  writer.add_int32(2, tensor.type);
  if (!tensor.floats.empty()) writer.add_packed_float(4, tensor.floats.begin(), tensor.floats.end());
  writer.add_string(8, tensor.name);
  const bool external = !tensor.external.empty() || tensor.offset >= 0;
  if (tensor.floats.empty() && !external) writer.add_bytes(9, tensor.raw);
  if (external) {
    add_entry(writer, 13, "location", tensor.external);
    if (tensor.offset >= 0) add_entry(writer, 13, "offset", std::to_string(tensor.offset));
    if (tensor.length >= 0) add_entry(writer, 13, "length", std::to_string(tensor.length));
    writer.add_enum(14, 1);
  }
  return bytes;
}

void add_attribute(pbf_writer& node, const OnnxAttribute& attribute) {
  pbf_writer writer(node, 5);
  writer.add_string(1, attribute.name);
  int32_t kind = 7;
  if (attribute.number) kind = 1, writer.add_float(2, *attribute.number);
  if (attribute.integer) kind = 2, writer.add_int64(3, *attribute.integer);
  if (attribute.text) kind = 3, writer.add_bytes(4, *attribute.text);
  if (!attribute.tensors.empty()) kind = 4, writer.add_message(5, tensor_bytes(attribute.tensors[0]));
  if (!attribute.graphs.empty()) kind = 5, writer.add_message(6, graph_bytes(attribute.graphs[0]));
  for (int64_t i : attribute.integers) writer.add_int64(8, i);
  writer.add_enum(20, kind);
}

void add_node(pbf_writer& graph, uint32_t tag, const OnnxNode& node) {
  pbf_writer writer(graph, tag);
  for (const std::string& input : node.inputs) writer.add_string(1, input);
  for (const std::string& output : node.outputs) writer.add_string(2, output);
  if (!node.name.empty()) writer.add_string(3, node.name);
  writer.add_string(4, node.op);
  for (const OnnxAttribute& attribute : node.attributes) add_attribute(writer, attribute);
  if (!node.domain.empty()) writer.add_string(7, node.domain);
}

void add_port(pbf_writer& graph, uint32_t tag, const OnnxPort& port) {
  pbf_writer value(graph, tag);
  value.add_string(1, port.name);
  pbf_writer type(value, 2);
  pbf_writer tensor(type, 1);
  tensor.add_int32(1, port.type);
  if (port.no_shape) return;
  pbf_writer shape(tensor, 2);
  for (const std::string& size : port.shape) {
    pbf_writer dimension(shape, 1);
    if (!size.empty() && std::isdigit(static_cast<unsigned char>(size[0])))
      dimension.add_int64(1, std::stoll(size));
    else
      dimension.add_string(2, size);
  }
}

std::string graph_bytes(const OnnxGraph& graph) {
  std::string bytes;
  pbf_writer writer(bytes);
  for (const OnnxNode& node : graph.nodes) add_node(writer, 1, node);
  writer.add_string(2, "graph");
  for (const OnnxTensor& tensor : graph.initializers) writer.add_message(5, tensor_bytes(tensor));
  for (const OnnxPort& port : graph.inputs) add_port(writer, 11, port);
  for (const OnnxPort& port : graph.outputs) add_port(writer, 12, port);
  return bytes;
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace

std::string onnx_bytes(const OnnxModel& model) {
  std::string bytes;
  pbf_writer writer(bytes);
  writer.add_int64(1, model.ir_version);
  writer.add_string(2, "lathe tests");
  writer.add_message(7, graph_bytes(model.graph));
  for (const auto& [domain, version] : model.opsets) {
    pbf_writer opset(writer, 8);
    opset.add_string(1, domain);
    opset.add_int64(2, version);
  }
  for (const OnnxFunction& f : model.functions) {
    pbf_writer function(writer, 25);
    function.add_string(1, f.name);
    for (const std::string& input : f.inputs) function.add_string(4, input);
    for (const std::string& output : f.outputs) function.add_string(5, output);
    for (const OnnxNode& node : f.nodes) add_node(function, 7, node);
    pbf_writer opset(function, 9);
    opset.add_string(1, "");
    opset.add_int64(2, 17);
    opset.commit();
    function.add_string(10, f.domain);
  }
  return bytes;
}

std::string raw_of(const std::vector<float>& values) { return bytes_of(values); }
std::string raw_of(const std::vector<int64_t>& values) { return bytes_of(values); }

OnnxModel small_model() {
  OnnxModel model;
  model.graph.inputs = {{"x", 1, {"n", "3"}}};
  model.graph.initializers = {{"w", 1, {3, 2}, raw_of(std::vector<float>{1, 2, 3, 4, 5, 6}), {}, {}},
                              {"b", 1, {2}, {}, {-1, 1}, {}}};
  model.graph.nodes = {{"MatMul", {"x", "w"}, {"product"}, {}, {}, "product"},
                       {"Add", {"product", "b"}, {"sum"}, {}, {}, "sum"},
                       {"Relu", {"sum"}, {"y"}, {}, {}, "relu"}};
  model.graph.outputs = {{"y", 1, {"n", "2"}}};
  return model;
}

}  // namespace lathe::test
