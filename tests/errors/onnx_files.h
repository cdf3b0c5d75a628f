#pragma once
#include <string>
#include <utility>
#include <vector>

#include "lathe/network.h"
#include "tests/errors/refusal.h"
#include "tests/io/scratch.h"
#include "tests/support/onnx_writer.h"

namespace lathe::test {

/// A folder with one ONNX file in it.
struct OnnxFile {
  io_test::Scratch folder;
  std::string path = folder.path("model.onnx");
  explicit OnnxFile(const std::string& bytes) { folder.put("model.onnx", bytes); }
  explicit OnnxFile(const OnnxModel& model) : OnnxFile(onnx_bytes(model)) {}
  void refuses(ErrorCode code, const std::string& where, const std::string& what, const std::string& cure) const {
    expect_refusal(code, {where, what, cure}, [&] { read_onnx(path); });
  }
};

/// An initializer of whole numbers.
inline OnnxTensor numbers(const std::string& name, const std::vector<int64_t>& values, bool scalar = false) {
  std::vector<int64_t> dims;
  if (!scalar) dims.push_back(static_cast<int64_t>(values.size()));
  return {name, 7, dims, raw_of(values)};
}

/// A graph over x whose nodes make y.
inline OnnxModel over(const OnnxPort& x, std::vector<OnnxNode> nodes, std::vector<OnnxTensor> initializers = {}) {
  OnnxModel model;
  model.graph = {std::move(nodes), {x}, {{"y", 1, {}, true}}, std::move(initializers)};
  return model;
}

}  // namespace lathe::test
