#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lathe::onnx::proto {

// The messages of an ONNX file (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) that are being made: what
// message.h reads, as far as it is written. Element types are TensorProto's numbers: 1 FLOAT, 7 INT64, ...

struct Tensor {
  std::string name;
  int32_t type = 1;
  std::vector<int64_t> dims;
  std::string raw = {};            ///< bytes of raw_data
  std::vector<float> floats = {};  ///< or float_data
  std::string external = {};       ///< or a location, with offset and length where they are not negative; an offset
                                   ///< without a location names no file
  int64_t offset = -1, length = -1;
  std::string_view view = {};  ///< or raw_data that outlives the message and is not copied: of initializers alone
};

struct Graph;

struct Attribute {
  std::string name;
  std::optional<int64_t> integer = {};
  std::optional<float> number = {};
  std::optional<std::string> text = {};
  std::vector<int64_t> integers = {};
  std::vector<Tensor> tensors = {};  ///< the first one
  std::vector<Graph> graphs = {};    ///< the first one
  std::vector<float> numbers = {};
  std::vector<std::string> texts = {};
};

struct Node {
  std::string op;
  std::vector<std::string> inputs, outputs;
  std::vector<Attribute> attributes = {};
  std::string domain = {}, name = {};
};

struct Port {
  std::string name;
  int32_t type = 1;
  std::vector<std::string> shape;  ///< numbers and names
  bool no_shape = false;
};

struct Graph {
  std::vector<Node> nodes;
  std::vector<Port> inputs, outputs;
  std::vector<Tensor> initializers;
  std::string name = "graph";
  std::vector<Port> values = {};  ///< types of what nodes make
};

struct Function {
  std::string name, domain;
  std::vector<std::string> inputs, outputs;
  std::vector<Node> nodes;
  std::string description = {};
  int64_t opset = 17;  ///< of ONNX's own domain
};

struct Model {
  Graph graph;
  std::vector<std::pair<std::string, int64_t>> opsets = {{"", 17}};
  std::vector<Function> functions = {};
  int64_t ir_version = 8;
  std::string producer = {}, producer_version = {};
};

using Sink = std::function<void(std::string_view bytes)>;

/// Hands over the model's bytes from first to last; those of views are never copied.
void write(const Model& model, const Sink& sink);
/// How many bytes these are.
uint64_t size_of(const Model& model);
/// The nodes' bytes: equal where the nodes are.
std::string bytes_of(const std::vector<Node>& nodes);

}  // namespace lathe::onnx::proto
