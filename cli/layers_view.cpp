#include "cli/layers_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/say.h"

namespace lathe::cli {
namespace {

std::string shown(const std::string& name, DType type, const std::vector<std::string>& shape) {
  return printable(fmt::format("{} [dtype={}, shape=({})]", name, to_string(type), fmt::join(shape, ", ")));
}

template <class List>
void print_tensors(Output& output, const List& tensors, const std::string& indent, std::string_view before) {
  std::string separator = fmt::format("{}{}{{", indent, before);
  if (tensors.empty()) return output.line(separator + "}");
  std::string line;
  for (const Tensor& t : tensors) {
    line += separator + shown(t.name(), t.dtype(), t.shape());
    separator = ",\n" + indent + std::string(before.size() + 1, ' ');
  }
  output.line(line + "}");
}

void print_ports(Output& output, std::string_view what, const std::vector<TensorInfo>& ports) {
  output.line(fmt::format("---- {} {}{} ----", ports.size(), what, ports.size() == 1 ? "" : "s"));
  for (const TensorInfo& port : ports) output.line("{" + shown(port.name, port.dtype, port.shape) + "}");
  output.line("");
}

void print(Output& output, const Network& network, const std::string& indent) {
  size_t number = 0;
  for (const Layer& layer : network.layers()) {
    output.line(
        printable(fmt::format("{}Layer {:<4} | {} [Op: {}]", indent, number++, layer.name(), layer.attributes())));
    print_tensors(output, layer.inputs(), indent + "    ", "");
    print_tensors(output, layer.outputs(), indent + "    ", " -> ");
    for (const Network& block : layer.blocks()) print(output, block, indent + "        ");
    output.line("");
  }
}

Json tensor_json(const std::string& name, DType type, const std::vector<std::string>& shape) {
  return {{"name", name}, {"type", std::string(to_string(type))}, {"shape", shape}};
}

}  // namespace

void print_layers(Output& output, const Network& network) {
  output.line(fmt::format("==== {} ====\n", printable(network.name())));
  print_ports(output, "input", network.inputs());
  print_ports(output, "output", network.outputs());
  const size_t layers = network.layers().size();
  output.line(fmt::format("---- {} layer{} ----", layers, layers == 1 ? "" : "s"));
  print(output, network, "");
}

Json layers_json(const Network& network) {
  Json json = {
      {"name", network.name()}, {"inputs", Json::array()}, {"outputs", Json::array()}, {"layers", Json::array()}};
  for (const TensorInfo& port : network.inputs())
    json["inputs"].push_back(tensor_json(port.name, port.dtype, port.shape));
  for (const TensorInfo& port : network.outputs())
    json["outputs"].push_back(tensor_json(port.name, port.dtype, port.shape));
  for (const Layer& layer : network.layers()) {
    Json entry = {{"name", layer.name()},    {"op", layer.kind()},       {"attributes", layer.attributes()},
                  {"inputs", Json::array()}, {"outputs", Json::array()}, {"blocks", Json::array()}};
    for (const Tensor& t : layer.inputs()) entry["inputs"].push_back(tensor_json(t.name(), t.dtype(), t.shape()));
    for (const Tensor& t : layer.outputs()) entry["outputs"].push_back(tensor_json(t.name(), t.dtype(), t.shape()));
    for (const Network& block : layer.blocks()) entry["blocks"].push_back(layers_json(block));
    json["layers"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace lathe::cli
