#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "frontends/onnx/write/proto.h"

namespace lathe::test {

// ONNX files, as small as tests want them, right or wrong.
using OnnxTensor = onnx::proto::Tensor;
using OnnxAttribute = onnx::proto::Attribute;
using OnnxNode = onnx::proto::Node;
using OnnxPort = onnx::proto::Port;
using OnnxGraph = onnx::proto::Graph;
using OnnxFunction = onnx::proto::Function;
using OnnxModel = onnx::proto::Model;

std::string onnx_bytes(const OnnxModel& model);

/// f32 elements as raw bytes.
std::string raw_of(const std::vector<float>& values);
std::string raw_of(const std::vector<int64_t>& values);

/// y = relu(x w + b): x [n, 3], w [3, 2].
OnnxModel small_model();

}  // namespace lathe::test
