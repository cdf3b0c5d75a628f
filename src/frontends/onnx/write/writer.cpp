#include "frontends/onnx/write/writer.h"

#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/version.h"
#include "frontends/onnx/write/network_writer.h"

namespace lathe::onnx {
namespace {

/// Messages of protocol buffers end below 2 GiB.
constexpr uint64_t kLargestMessage = uint64_t{1900} << 20;
/// Readers map external data, from pages on; what is smaller than that stays in the message.
constexpr size_t kPage = 4096;

/// The names that callers use, which all others leave free.
void take_ports(const ir::Network& network, Document& document) {
  const auto take = [&](const std::string& name, std::string_view kind) {
    if (!document.names.take(name))
      fail(ErrorCode::invalid_argument, network.name, "give one of them another name",
           "{} '{}' has the name of another input or output", kind, name);
  };
  for (const ir::Input& input : network.inputs) take(network.value(input.value).name, "input");
  for (const ir::Output& output : network.outputs)
    if (!output.on_demand) take(output.name, "output");
}

/// IR versions that know the opset: https://github.com/onnx/onnx/blob/main/docs/Versioning.md
int64_t ir_version_of(int64_t opset) { return opset <= 22 ? 10 : opset <= 24 ? 11 : opset <= 25 ? 12 : 13; }

/// Constants from a page on lie one behind the other in a file of their own, each at the beginning of a page.
void move_out(proto::Model& model, const std::string& location, AtomicFile& file) {
  const std::string zeros(kPage, '\0');
  for (proto::Tensor& tensor : model.graph.initializers) {
    if (tensor.view.size() < kPage) continue;
    if (const size_t over = file.size() % kPage; over != 0) file.write(zeros.data(), kPage - over);
    tensor.external = location;
    tensor.offset = static_cast<int64_t>(file.size());
    tensor.length = static_cast<int64_t>(tensor.view.size());
    file.write(tensor.view);
    tensor.view = {};
  }
}

}  // namespace

proto::Model model_of(const ir::Network& network) {
  Document document;
  Body body(document);
  NetworkWriter writer(body, network);
  take_ports(network, document);
  proto::Model model;
  model.graph.name = network.name.empty() ? "network" : network.name;
  for (const ir::Input& input : network.inputs) {
    const ir::Value& value = network.value(input.value);
    model.graph.inputs.push_back(port_of(value.name, value.type));
    writer.bind_input(input.value, value.name);
  }
  for (const ir::Output& output : network.outputs)
    if (!output.on_demand) writer.prefer(output.value, output.name);
  writer.write();
  for (const ir::Output& output : network.outputs) {
    if (output.on_demand) continue;
    writer.write_output(output.value, output.name);
    model.graph.outputs.push_back(port_of(output.name, network.value(output.value).type));
  }
  model.graph.nodes = std::move(body.nodes());
  model.graph.initializers = std::move(document.initializers);
  model.graph.values = std::move(document.values);
  model.functions = std::move(document.functions);
  for (proto::Function& function : model.functions) function.opset = document.opset();
  model.opsets = {{"", document.opset()}};
  if (!model.functions.empty()) model.opsets.emplace_back(Document::kDomain, 1);
  model.ir_version = ir_version_of(document.opset());
  model.producer = "lathe";
  model.producer_version = kVersion;
  return model;
}

void write_onnx(const ir::Network& network, const std::string& path, const WriteOptions& options) {
  proto::Model model = model_of(network);
  const std::string data_path = path + ".data";
  std::optional<AtomicFile> data;
  if (options.external_data || proto::size_of(model) > kLargestMessage) {
    data.emplace(data_path);
    move_out(model, std::filesystem::path(data_path).filename().string(), *data);
  }
  AtomicFile file(path);
  proto::write(model, [&](std::string_view bytes) { file.write(bytes); });
  if (data) data->commit();
  file.commit();
}

}  // namespace lathe::onnx
