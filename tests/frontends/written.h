#pragma once
#include <string>

#include "compiler/reference_evaluator.h"
#include "frontends/onnx/reader.h"
#include "frontends/onnx/write/writer.h"
#include "tests/support/run_network.h"
#include "tests/support/tensors.h"

namespace lathe::test {

inline std::string onnx_file_of(const ir::Network& network) {
  std::string bytes;
  onnx::proto::write(onnx::model_of(network), [&](std::string_view part) { bytes += part; });
  return bytes;
}

/// The network as it comes back from an ONNX file.
inline ir::Network written(const ir::Network& network) {
  const std::string bytes = onnx_file_of(network);
  onnx::ReadOptions options;
  options.evaluator = &compiler::reference_evaluator();
  return onnx::read_model(Blob::copy_of(bytes.data(), bytes.size()), "written.onnx", options);
}

}  // namespace lathe::test
