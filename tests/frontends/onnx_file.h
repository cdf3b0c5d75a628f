#pragma once
#include "tests/api/run.h"
#include "tests/errors/onnx_files.h"

namespace lathe::test {

/// A model of one node; constants stand among its inputs by name.
inline OnnxModel one_node(OnnxNode node, std::vector<OnnxPort> inputs, std::vector<OnnxTensor> constants = {},
                          int64_t opset = 17) {
  OnnxModel model;
  model.opsets = {{"", opset}, {"com.microsoft", 1}};
  for (const std::string& name : node.outputs) model.graph.outputs.push_back({name, 1, {}, true});
  node.name = "node";
  model.graph = {{std::move(node)}, std::move(inputs), std::move(model.graph.outputs), std::move(constants)};
  return model;
}

inline OnnxTensor f32_tensor(const std::string& name, const std::vector<float>& values, std::vector<int64_t> dims) {
  return {name, 1, std::move(dims), raw_of(values)};
}
inline OnnxTensor vector(const std::string& name, const std::vector<int64_t>& values) {
  return {name, 7, {static_cast<int64_t>(values.size())}, raw_of(values)};
}
inline OnnxTensor number(const std::string& name, int64_t value) { return {name, 7, {}, raw_of(std::vector{value})}; }

/// What the model gives for these inputs.
inline std::map<std::string, Result> results(const OnnxModel& model, const Given& given) {
  return run(read_onnx(OnnxFile(model).path), given);
}

}  // namespace lathe::test
