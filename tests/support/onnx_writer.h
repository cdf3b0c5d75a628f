#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lathe::test {

// ONNX files, as small as tests want them, right or wrong. Element types are ONNX's numbers: 1 FLOAT, 7 INT64, ...

struct OnnxTensor {
  std::string name;
  int32_t type = 1;
  std::vector<int64_t> dims;
  std::string raw = {};            ///< bytes of raw_data
  std::vector<float> floats = {};  ///< or float_data
  std::string external = {};       ///< or a location, with offset and length where they are not negative; an offset
                                   ///< without a location names no file
  int64_t offset = -1, length = -1;
};

struct OnnxGraph;

struct OnnxAttribute {
  std::string name;
  std::optional<int64_t> integer = {};
  std::optional<float> number = {};
  std::optional<std::string> text = {};
  std::vector<int64_t> integers = {};
  std::vector<OnnxTensor> tensors = {};  ///< the first one
  std::vector<OnnxGraph> graphs = {};    ///< the first one
};

struct OnnxNode {
  std::string op;
  std::vector<std::string> inputs, outputs;
  std::vector<OnnxAttribute> attributes = {};
  std::string domain = {}, name = {};
};

struct OnnxPort {
  std::string name;
  int32_t type = 1;
  std::vector<std::string> shape;  ///< numbers and names
  bool no_shape = false;
};

struct OnnxGraph {
  std::vector<OnnxNode> nodes;
  std::vector<OnnxPort> inputs, outputs;
  std::vector<OnnxTensor> initializers;
};

struct OnnxFunction {
  std::string name, domain;
  std::vector<std::string> inputs, outputs;
  std::vector<OnnxNode> nodes;
};

struct OnnxModel {
  OnnxGraph graph;
  std::vector<std::pair<std::string, int64_t>> opsets = {{"", 17}};
  std::vector<OnnxFunction> functions = {};
  int64_t ir_version = 8;
};

std::string onnx_bytes(const OnnxModel& model);

/// f32 elements as raw bytes.
std::string raw_of(const std::vector<float>& values);
std::string raw_of(const std::vector<int64_t>& values);

/// y = relu(x w + b): x [n, 3], w [3, 2].
OnnxModel small_model();

}  // namespace lathe::test
