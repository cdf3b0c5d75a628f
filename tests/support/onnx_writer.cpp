#include "tests/support/onnx_writer.h"

namespace lathe::test {
namespace {

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace

std::string onnx_bytes(const OnnxModel& model) {
  std::string bytes;
  onnx::proto::write(model, [&](std::string_view part) { bytes += part; });
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
